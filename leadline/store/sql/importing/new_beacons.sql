-- One beacon for each view of which something new is imported, and a second where its newest came later than its first.
-- In: after, file, again; temp tables new_page_views, new_vitals, new_errors, new_events, new_requests. Out: temp table new_beacons. Grain: beacon.
-- Caution: a view of a day that retention removed goes to the log `again`, which is not rolled up: the day's sums stand. What a page view says of itself counts before what its vitals and entries say of it. A beacon of entries alone (seq 1) never comes first.
CREATE OR REPLACE TEMP TABLE new_beacons AS
WITH told AS (
    SELECT 0 AS rank, app, page_view_id, attributes, referrer_origin, navigation_type, last_received_at, occurred_at, received_at, deployment_environment_name, service_version, cohort, session_id, route AS route, url_path, trace_id, user_agent_synthetic_type,
       geo_country_iso_code, browser_name, device_type, effective_connection_type, telemetry_sdk_name, weight FROM new_page_views
    UNION ALL BY NAME
    SELECT 1 AS rank, app, page_view_id, occurred_at, received_at, deployment_environment_name, service_version, cohort, session_id, route AS route, url_path, trace_id, user_agent_synthetic_type,
       geo_country_iso_code, browser_name, device_type, effective_connection_type, telemetry_sdk_name, weight FROM new_vitals
    UNION ALL BY NAME
    SELECT 2 AS rank, app, page_view_id, attributes, occurred_at, received_at, deployment_environment_name, service_version, cohort, session_id, route AS route, url_path, trace_id, user_agent_synthetic_type,
       geo_country_iso_code, browser_name, device_type, effective_connection_type, telemetry_sdk_name, weight FROM new_errors
    UNION ALL BY NAME
    SELECT 3 AS rank, app, page_view_id, occurred_at, received_at, deployment_environment_name, service_version, cohort, session_id, route AS route, url_path, trace_id, user_agent_synthetic_type,
       geo_country_iso_code, browser_name, device_type, effective_connection_type, telemetry_sdk_name, weight FROM new_events
    UNION ALL BY NAME
    SELECT 4 AS rank, app, page_view_id, attributes, occurred_at, received_at, deployment_environment_name, service_version, cohort, session_id, page_route AS route, url_path, trace_id, user_agent_synthetic_type,
       geo_country_iso_code, browser_name, device_type, effective_connection_type, telemetry_sdk_name, weight FROM new_requests),
views AS (
    SELECT *, bool_or(rank = 2) OVER whole AS has_errors, bool_or(rank = 3) OVER whole AS has_events, bool_or(rank = 4) OVER whole AS has_requests
    FROM told
    WINDOW whole AS (PARTITION BY app, page_view_id)
    QUALIFY row_number() OVER (PARTITION BY app, page_view_id ORDER BY rank, received_at) = 1),
sent AS (
    SELECT true AS is_first, *, received_at AS viewed_at FROM views
    UNION ALL
    SELECT false, * REPLACE (last_received_at AS received_at, false AS has_errors, false AS has_events, false AS has_requests), received_at
    FROM views WHERE last_received_at > received_at)
SELECT $after::BIGINT + row_number() OVER (ORDER BY b.received_at, b.app, b.page_view_id) AS log_position, b.is_first,
       CASE WHEN r.app IS NULL THEN $file ELSE $again END AS log_file, b.app, b.page_view_id,
       CASE WHEN b.rank < 2 THEN 0 ELSE 1 END AS seq, b.occurred_at, b.received_at, b.deployment_environment_name AS environment, b.session_id,
       b.service_version, b.cohort, b.url_path, b.route, b.trace_id, b.user_agent_synthetic_type AS synthetic, b.geo_country_iso_code AS country,
       b.browser_name, b.device_type, b.effective_connection_type, b.telemetry_sdk_name AS sdk_name, b.referrer_origin, b.navigation_type, b.attributes,
       round(coalesce(b.weight, 1) * 1e6)::BIGINT AS weight_millionths, b.is_first AND v.page_view_id IS NOT NULL AS has_vitals,
       b.has_errors, b.has_events, b.has_requests, v.lcp_ms, v.inp_ms, v.cls, v.fcp_ms, v.ttfb_ms, v.attributes AS vitals_attribution
FROM sent AS b
LEFT JOIN rollups.retired AS r ON r.app = b.app AND r.day = b.viewed_at::DATE
LEFT JOIN new_vitals AS v ON b.is_first AND v.app = b.app AND v.page_view_id = b.page_view_id
