-- How fresh is each signal that a release would be judged by, and how many page views name their version? For one app.
-- In: app, at, kpis (event names), saturation_event and saturation_check (names, empty: none). Grain: one row.
-- Caution: a time is null where nothing of that kind came in the last day. `last_trace_at` is that of the version that is worst off.
WITH views AS (
    SELECT * FROM page_views_since($at::TIMESTAMP - INTERVAL 1 DAY)
    WHERE app = $app AND user_agent_synthetic_type IS NULL AND received_at < $at::TIMESTAMP),
recent AS (SELECT * FROM views WHERE received_at >= $at::TIMESTAMP - INTERVAL 1 HOUR),
traces AS (
    SELECT service_version, max(received_at) FILTER (trace_id IS NOT NULL AND trace_id <> '') AS traced_at
    FROM recent WHERE service_version IS NOT NULL GROUP BY service_version),
happened AS (
    SELECT name, max(received_at) AS last_at FROM events_since($at::TIMESTAMP - INTERVAL 1 DAY)
    WHERE app = $app AND received_at < $at::TIMESTAMP GROUP BY name),
judged AS (
    SELECT 'journey' AS kind, journey AS name, status, received_at FROM facts.journey_runs_since($at::TIMESTAMP - INTERVAL 1 DAY) WHERE app = $app AND source = 'probe'
    UNION ALL
    SELECT 'check', name, status, received_at FROM facts.checks_since($at::TIMESTAMP - INTERVAL 1 DAY) WHERE app = $app),
ended AS (
    SELECT * FROM judged
    WHERE status IN ('passed', 'degraded', 'failed') AND received_at >= $at::TIMESTAMP - INTERVAL 1 DAY AND received_at < $at::TIMESTAMP)
SELECT (SELECT count(*) FROM recent)::BIGINT AS page_views,
       (SELECT count(*) FROM recent WHERE coalesce(service_version, '') <> '')::BIGINT AS page_views_with_version,
       (SELECT max(received_at) FROM views) AS last_page_view_at,
       (SELECT max(received_at) FROM requests_since($at::TIMESTAMP - INTERVAL 1 DAY)
        WHERE app = $app AND user_agent_synthetic_type IS NULL AND received_at < $at::TIMESTAMP) AS last_request_at,
       (SELECT max(last_at) FROM happened WHERE name IN (SELECT unnest($kpis::VARCHAR[]))) AS last_kpi_at,
       (SELECT CASE WHEN count(*) = count(traced_at) THEN min(traced_at) END FROM traces) AS last_trace_at,
       (SELECT max(at_time) FROM (
            SELECT last_at AS at_time FROM happened WHERE name = $saturation_event
            UNION ALL SELECT received_at FROM ended WHERE kind = 'check' AND name = $saturation_check)) AS last_saturation_at,
       (SELECT max(received_at) FROM ended) AS last_judged_run_at,
       (SELECT count(DISTINCT kind || ':' || name) FROM ended)::BIGINT AS monitors
