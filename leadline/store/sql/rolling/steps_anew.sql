-- All hours of steps are due, also those that stand without a run. For a rebuild. Grain: hour. Caution: nothing stands until a pass has run.
DELETE FROM rollups.step_hours;
DELETE FROM rollups.step_days;
INSERT INTO rollups.steps_due BY NAME SELECT DISTINCT date_trunc('hour', finished_at) AS starts_at FROM facts.runs;
