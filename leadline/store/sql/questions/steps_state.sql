-- How many steps stand since then, and as of when are they rolled up and loaded? In: since (a full hour), first_day, app. Grain: one row.
-- Caution: `rolled_at` is null until a pass has run.
SELECT (SELECT coalesce(sum(n), 0)::BIGINT
        FROM (SELECT app, n FROM rollups.step_days WHERE starts_at >= $first_day::TIMESTAMP
              UNION ALL SELECT app, n FROM rollups.step_hours WHERE starts_at >= $since::TIMESTAMP AND starts_at < $first_day::TIMESTAMP)
        WHERE $app::VARCHAR IS NULL OR app = $app) AS steps,
       (SELECT rolled_at FROM rollups.steps_rolled) AS rolled_at,
       (SELECT loaded_at FROM facts.load_progress WHERE file = 'records') AS loaded_at
