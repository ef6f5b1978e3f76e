-- How long did each step of each journey take, per version that served it? In: since, app (null: all).
-- Grain: app, journey, step, version. Caution: steps that failed are not in the timings; budget is the newest run's.
SELECT app, journey, step, service_version, count(*)::BIGINT AS n, min(ordinal)::BIGINT AS ordinal, list(duration_ms ORDER BY duration_ms) AS durations_ms,
       min(duration_ms) AS fastest_ms, max(duration_ms) AS slowest_ms, arg_max(budget_ms, received_at) AS budget_ms
FROM steps
WHERE received_at >= $since::TIMESTAMP AND ($app::VARCHAR IS NULL OR app = $app) AND status IN ('passed', 'degraded')
GROUP BY app, journey, step, service_version
ORDER BY app, journey, ordinal, service_version
