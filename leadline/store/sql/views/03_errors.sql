-- What broke in the page? The newest `errors` section of each view; an empty one states that there are none.
-- In: since (as page_views_since). Grain: one row per entry. Caution: count is how often it occurred in this view.
-- What a browser reported by itself (crash, network-error, csp-violation ...) is here too, each report under an id that is no page view.
CREATE OR REPLACE MACRO errors_since(since) AS TABLE
WITH newest AS (
    SELECT log_file, log_position, app, page_view_id
    FROM facts.beacons
    WHERE has_errors AND beacons.received_at >= since - INTERVAL 24 HOUR
    QUALIFY row_number() OVER (PARTITION BY app, page_view_id ORDER BY ordering DESC, log_file, log_position) = 1)
SELECT i.occurred_at, i.received_at, v.app, v.deployment_environment_name, v.service_version, v.cohort, v.session_id, v.page_view_id, v.route,
       v.url_path, v.trace_id, v.user_agent_synthetic_type, v.geo_country_iso_code, v.browser_name, v.device_type, v.effective_connection_type,
       v.telemetry_sdk_name, i.error_type, i.message, i.stack, i.fingerprint, i.count, i.source, v.attributes
FROM facts.errors AS i
JOIN newest AS n ON n.log_file = i.log_file AND n.log_position = i.log_position
JOIN facts.spoken_of_since(since) AS v ON v.app = n.app AND v.page_view_id = n.page_view_id
WHERE i.received_at >= since - INTERVAL 24 HOUR;
CREATE OR REPLACE VIEW errors AS SELECT * FROM errors_since(TIMESTAMP '1971-01-01');
