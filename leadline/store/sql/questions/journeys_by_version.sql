-- How did journeys and checks do, per cohort and location and the version that served them?
-- In: since, app (null: all). Grain: monitor, name, cohort, location, version. Caution: a journey's version is its last step's or the failing one's.
SELECT app, monitor, name, cohort, location, service_version, count(*)::BIGINT AS runs,
       count(*) FILTER (status = 'passed')::BIGINT AS passed, count(*) FILTER (status = 'degraded')::BIGINT AS degraded,
       count(*) FILTER (status = 'failed')::BIGINT AS failed, count(*) FILTER (status = 'aborted')::BIGINT AS aborted,
       count(*) FILTER (status = 'skipped')::BIGINT AS skipped,
       median(duration_ms) FILTER (status IN ('passed', 'degraded')) AS duration_p50_ms,
       quantile_cont(duration_ms, 0.95) FILTER (status IN ('passed', 'degraded')) AS duration_p95_ms,
       arg_max(status, received_at) AS last_status, arg_max(run_id, received_at) AS last_run_id, max(received_at) AS last_finished_at
FROM (SELECT app, 'journey' AS monitor, journey AS name, cohort, location, service_version, status, duration_ms, run_id, received_at
      FROM facts.journey_runs_since($since::TIMESTAMP)
      UNION ALL
      SELECT app, 'check', name, cohort, location, service_version, status, duration_ms, run_id, received_at FROM facts.checks_since($since::TIMESTAMP))
WHERE received_at >= $since::TIMESTAMP AND ($app::VARCHAR IS NULL OR app = $app)
GROUP BY app, monitor, name, cohort, location, service_version
ORDER BY app, monitor, name, cohort, location, service_version
