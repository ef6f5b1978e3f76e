-- How many runs of this check were judged, and how many failed, minute by minute? Indicator `check:NAME`.
-- In: since, until, app, name, threshold (unused). Grain: minute in which the run ended, version that served it.
-- Caution: a run that confirms another is left out, since it runs only after a failure; aborted and skipped runs judge nothing.
SELECT date_trunc('minute', received_at) AS starts_at, coalesce(service_version, '(none)') AS service_version,
       count(*)::DOUBLE AS valid, count(*) FILTER (status = 'failed')::DOUBLE AS bad
FROM facts.checks_since($since::TIMESTAMP)
WHERE received_at >= $since::TIMESTAMP AND received_at < $until::TIMESTAMP AND app = $app AND name = $name AND source = 'probe' AND confirms_run_id IS NULL
  AND status IN ('passed', 'degraded', 'failed') AND $threshold::DOUBLE IS NOT NULL
GROUP BY ALL
