-- What broke in the page? The newest statement of each entry of a view's errors; an empty section states that there are none.
-- In: since (of the arrival of the item's first statement). Grain: one row per entry.
-- Caution: count is how often it occurred in this view; `is_harmless` ones are in no error share.
-- What a browser reported by itself (crash, network-error, csp-violation ...) is here too, each report under an id that is no page view.
-- An entry stands until a newer beacon states its place in the section anew: one that begins later (`errors_from`) leaves it as it was stated.
CREATE OR REPLACE MACRO errors_since(since) AS TABLE
WITH stated AS (
    SELECT log_file, log_position,
           min(coalesce(errors_from, 0)) OVER (PARTITION BY app, page_view_id ORDER BY ordering DESC, log_file, log_position
                                              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS stated_anew_from
    FROM facts.beacons
    WHERE has_errors AND beacons.received_at >= since - INTERVAL 24 HOUR),
entries AS (
    SELECT i.*, min(i.received_at) OVER (PARTITION BY i.app, i.page_view_id, i.ordinal, i.fingerprint) AS first_received_at
    FROM facts.errors AS i
    WHERE i.received_at >= since - INTERVAL 24 HOUR)
SELECT i.occurred_at, i.first_received_at AS received_at, v.app, v.deployment_environment_name, v.service_version, v.cohort, v.session_id,
       v.page_view_id, v.route, v.url_path, v.trace_id, v.user_agent_synthetic_type, v.geo_country_iso_code,
       v.browser_name, v.device_type, v.effective_connection_type, v.telemetry_sdk_name, i.error_type, i.message, i.stack, i.fingerprint, i.count, i.source,
       v.attributes, coalesce(i.is_harmless, false) AS is_harmless, v.weight
FROM entries AS i
JOIN stated AS s ON s.log_file = i.log_file AND s.log_position = i.log_position
JOIN facts.spoken_of_since(since, section := 'errors') AS v ON v.app = i.app AND v.page_view_id = i.page_view_id
WHERE (s.stated_anew_from IS NULL OR i.ordinal < s.stated_anew_from) AND i.first_received_at >= since;
CREATE OR REPLACE VIEW errors AS SELECT * FROM errors_since(TIMESTAMP '1971-01-01');
