-- How did our own runs end in both arms? In: app, since, until, and of each arm a version or a cohort. Grain: run of a journey by a probe.
-- Caution: a run that confirms another is left out; `aborted` and `skipped` say nothing about the site.
SELECT journey, location, epoch_ms(occurred_at) // 60000 AS minute, status = 'failed' AS is_failed,
       CASE WHEN service_version = $canary_version::VARCHAR OR cohort = $canary_cohort::VARCHAR THEN 0 ELSE 1 END AS arm
FROM facts.journey_runs_since($since::TIMESTAMP)
WHERE app = $app AND source = 'probe' AND confirms_run_id IS NULL AND status IN ('passed', 'degraded', 'failed')
  AND occurred_at >= $since::TIMESTAMP AND occurred_at < $until::TIMESTAMP
  AND (service_version IN ($canary_version::VARCHAR, $baseline_version::VARCHAR) OR cohort IN ($canary_cohort::VARCHAR, $baseline_cohort::VARCHAR))
ORDER BY occurred_at, run_id
