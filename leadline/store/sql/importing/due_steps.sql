-- Which hours of steps are to be added up anew? Those of the runs of which something came. In: temp table incoming_steps. Grain: hour.
-- Caution: an hour may be named again; the pass takes it once.
INSERT INTO rollups.steps_due
SELECT DISTINCT date_trunc('hour', finished_at) FROM facts.runs WHERE monitor = 'journey' AND run_id IN (SELECT run_id FROM incoming_steps)
