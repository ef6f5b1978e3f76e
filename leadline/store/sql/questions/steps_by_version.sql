-- How long did each step of each journey take, per version that served it? In: since, app (null: all), every_s (null: not cut).
-- Grain: app, journey, step, version, slice (start of the span of so many seconds). Caution: steps that failed are not in the timings; budget is the newest run's.
SELECT app, journey, step, service_version, coalesce(strftime(time_bucket(to_seconds($every_s::BIGINT), received_at), '%Y-%m-%dT%H:%M:%SZ'), '') AS slice,
       count(*)::BIGINT AS n, min(ordinal)::BIGINT AS ordinal, list(duration_ms ORDER BY duration_ms) AS durations_ms,
       min(duration_ms) AS fastest_ms, max(duration_ms) AS slowest_ms, arg_max(budget_ms, received_at) AS budget_ms
FROM facts.steps_since($since::TIMESTAMP)
WHERE received_at >= $since::TIMESTAMP AND ($app::VARCHAR IS NULL OR app = $app) AND status IN ('passed', 'degraded')
GROUP BY app, journey, step, service_version, slice
ORDER BY app, journey, ordinal, service_version, step, slice
