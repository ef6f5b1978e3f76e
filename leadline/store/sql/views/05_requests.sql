-- Which requests did pages make, and how did they end? The newest statement of each entry.
-- In: since (of the arrival of the item's first statement). Grain: one row per entry.
-- Caution: `route` is the request's, `page_route` the page's; status_code 0 is a network error.
-- An entry stands until a newer beacon states its place in the section anew: one that begins later (`requests_from`) leaves it as it was stated.
CREATE OR REPLACE MACRO requests_since(since) AS TABLE
WITH stated AS (
    SELECT log_file, log_position,
           min(coalesce(requests_from, 0)) OVER (PARTITION BY app, page_view_id ORDER BY ordering DESC, log_file, log_position
                                              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS stated_anew_from
    FROM facts.beacons
    WHERE has_requests AND beacons.received_at >= since - INTERVAL 24 HOUR),
entries AS (
    SELECT i.*, min(i.received_at) OVER (PARTITION BY i.app, i.page_view_id, i.ordinal, i.method, i.route) AS first_received_at
    FROM facts.requests AS i
    WHERE i.received_at >= since - INTERVAL 24 HOUR)
SELECT i.occurred_at, i.first_received_at AS received_at, v.app, v.deployment_environment_name, v.service_version, v.cohort, v.session_id,
       v.page_view_id, i.route, v.url_path, coalesce(i.trace_id, v.trace_id) AS trace_id, v.user_agent_synthetic_type, v.geo_country_iso_code,
       v.browser_name, v.device_type, v.effective_connection_type, v.telemetry_sdk_name, i.method, i.status_code,
       i.duration_ms, i.server_version, i.count, v.route AS page_route, v.attributes, v.weight
FROM entries AS i
JOIN stated AS s ON s.log_file = i.log_file AND s.log_position = i.log_position
JOIN facts.spoken_of_since(since, section := 'requests') AS v ON v.app = i.app AND v.page_view_id = i.page_view_id
WHERE (s.stated_anew_from IS NULL OR i.ordinal < s.stated_anew_from) AND i.first_received_at >= since
  AND v.telemetry_sdk_name IS DISTINCT FROM 'reports';
CREATE OR REPLACE VIEW requests AS SELECT * FROM requests_since(TIMESTAMP '1971-01-01');
