-- How long did each step of each journey take, per version that served it? In: since (a full hour), first_day, app, every_s (null: not cut).
-- Grain: app, journey, step, version, slice (start of the span of so many seconds), bin.
-- Caution: steps that failed are not in it; a bin is null where the duration is unknown.
SELECT app, journey, step, service_version, coalesce(strftime(time_bucket(to_seconds($every_s::BIGINT), starts_at), '%Y-%m-%dT%H:%M:%SZ'), '') AS slice, bin,
       sum(n)::BIGINT AS n, min(ordinal)::BIGINT AS ordinal, min(fastest_ms) AS fastest_ms, max(slowest_ms) AS slowest_ms,
       arg_max(budget_ms, budget_at) AS budget_ms, max(budget_at) AS budget_at
FROM (SELECT * FROM rollups.step_days WHERE starts_at >= $first_day::TIMESTAMP
      UNION ALL SELECT * FROM rollups.step_hours WHERE starts_at >= $since::TIMESTAMP AND starts_at < $first_day::TIMESTAMP)
WHERE $app::VARCHAR IS NULL OR app = $app
GROUP BY app, journey, step, service_version, slice, bin
ORDER BY app, journey, step, service_version, slice, bin
