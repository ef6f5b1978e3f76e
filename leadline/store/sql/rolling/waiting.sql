-- Which log files were loaded further than they are rolled up? Grain: log file. Caution: positions have gaps; they bound a pass, they count nothing.
SELECT l.file, r.upto AS rolled, l.upto
FROM facts.load_progress AS l JOIN rollups.progress AS r ON r.file = l.file
WHERE l.upto > r.upto
ORDER BY l.file
