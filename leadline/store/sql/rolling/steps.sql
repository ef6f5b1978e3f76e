-- How long did the steps of journeys take, by the hour and the day in which their run ended? Hours that are due are written anew, and their days.
-- In: rollups.steps_due, temp table rolling_at (now). Grain: hour (day), app, journey, step, version, bin.
-- Caution: the DELETE is the gate: of two passes at once the second fails there. A run that was restated leaves the hour in which it ended before.
CREATE OR REPLACE TEMP TABLE due AS SELECT DISTINCT starts_at FROM rollups.steps_due;
DELETE FROM rollups.steps_due;
UPDATE rollups.steps_rolled SET rolled_at = (SELECT rolled_at FROM rolling_at);

INSERT INTO due
SELECT DISTINCT date_trunc('hour', r.finished_at)
FROM facts.runs AS r
WHERE r.run_id IN (SELECT run_id FROM facts.runs
                   WHERE finished_at >= (SELECT min(starts_at) FROM due) AND date_trunc('hour', finished_at) IN (SELECT starts_at FROM due))
EXCEPT SELECT starts_at FROM due;

CREATE OR REPLACE TEMP TABLE due_runs AS
SELECT run_id, change_position, app, name, finished_at FROM facts.runs
WHERE finished_at >= (SELECT min(starts_at) FROM due) AND date_trunc('hour', finished_at) IN (SELECT starts_at FROM due);
DELETE FROM due_runs AS d
WHERE EXISTS (SELECT 1 FROM facts.runs AS r WHERE r.run_id = d.run_id AND r.change_position > d.change_position);

DELETE FROM rollups.step_hours WHERE starts_at IN (SELECT starts_at FROM due);
INSERT INTO rollups.step_hours BY NAME
SELECT date_trunc('hour', r.finished_at) AS starts_at, r.app, r.name AS journey, s.step, s.service_version, rollups.bin_of(s.duration_ms, 1.0) AS bin,
       count(*)::BIGINT AS n, min(s.ordinal)::INTEGER AS ordinal, min(s.duration_ms) AS fastest_ms, max(s.duration_ms) AS slowest_ms,
       arg_max(s.budget_ms, r.finished_at) AS budget_ms, max(r.finished_at) FILTER (s.budget_ms IS NOT NULL) AS budget_at
FROM due_runs AS r JOIN facts.steps AS s ON s.run_id = r.run_id AND s.change_position = r.change_position
WHERE s.status IN ('passed', 'degraded')
GROUP BY ALL
ORDER BY starts_at, app, journey, step;

DELETE FROM rollups.step_days WHERE starts_at IN (SELECT date_trunc('day', starts_at) FROM due);
INSERT INTO rollups.step_days BY NAME
SELECT date_trunc('day', starts_at)::TIMESTAMP AS starts_at, app, journey, step, service_version, bin, sum(n)::BIGINT AS n, min(ordinal)::INTEGER AS ordinal,
       min(fastest_ms) AS fastest_ms, max(slowest_ms) AS slowest_ms, arg_max(budget_ms, budget_at) AS budget_ms, max(budget_at) AS budget_at
FROM rollups.step_hours
WHERE date_trunc('day', starts_at) IN (SELECT date_trunc('day', starts_at) FROM due)
GROUP BY ALL
ORDER BY starts_at, app, journey, step;
