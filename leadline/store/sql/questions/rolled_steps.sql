-- How long did each step of each journey take, per version that served it? In: since (a full hour), first_day, app.
-- Grain: app, journey, step, version, bin. Caution: steps that failed are not in it; a bin is null where the duration is unknown.
SELECT app, journey, step, service_version, bin, sum(n)::BIGINT AS n, min(ordinal)::BIGINT AS ordinal, min(fastest_ms) AS fastest_ms,
       max(slowest_ms) AS slowest_ms, arg_max(budget_ms, budget_at) AS budget_ms, max(budget_at) AS budget_at
FROM (SELECT * FROM rollups.step_days WHERE starts_at >= $first_day::TIMESTAMP
      UNION ALL SELECT * FROM rollups.step_hours WHERE starts_at >= $since::TIMESTAMP AND starts_at < $first_day::TIMESTAMP)
WHERE $app::VARCHAR IS NULL OR app = $app
GROUP BY app, journey, step, service_version, bin
ORDER BY app, journey, step, service_version, bin
