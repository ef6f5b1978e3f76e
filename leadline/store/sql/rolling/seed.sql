-- Which log files have no row to pass the gate by? In: feed (the records', which has no beacons). Grain: log file. Caution: in a transaction of its own.
INSERT INTO rollups.progress
SELECT file, 0, NULL FROM facts.load_progress AS l
WHERE file <> $feed AND NOT EXISTS (SELECT 1 FROM rollups.progress AS r WHERE r.file = l.file)
