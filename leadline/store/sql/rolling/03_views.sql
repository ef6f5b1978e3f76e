-- What is each gathered view, before what is new (side -1) and with it (side 1)? Grain: side, app, page view. Caution: reports are none.
-- A section's newest statement counts as in sql/views; what had no name is (none).
CREATE OR REPLACE TEMP TABLE sided AS
SELECT *, 1::TINYINT AS side FROM gathered
UNION ALL
SELECT * EXCLUDE (beacons), count(*) OVER (PARTITION BY app, page_view_id) AS beacons, -1::TINYINT FROM gathered WHERE is_rolled;

CREATE OR REPLACE TEMP TABLE rolling_views AS
WITH combined AS (
    SELECT side, app, page_view_id, coalesce(session_id, page_view_id) AS session_id, occurred_at, received_at, nullif(service_version, '') AS service_version,
           nullif(cohort, '') AS cohort, synthetic = 'test' AS is_test, synthetic = 'bot' AS is_bot, route, device_type, browser_name, country,
           effective_connection_type, weight_millionths, sdk_name, has_vitals, lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms
    FROM sided WHERE beacons = 1
    UNION ALL
    SELECT side, app, page_view_id, coalesce(arg_min(session_id, place), page_view_id), arg_min(occurred_at, place), min(received_at),
           arg_min(nullif(service_version, ''), place), arg_min(nullif(cohort, ''), place), bool_or(synthetic = 'test'), bool_or(synthetic = 'bot'),
           arg_max(route, place), arg_min(device_type, place), arg_min(browser_name, place), arg_min(country, place),
           arg_max(effective_connection_type, place), arg_min(weight_millionths, place), arg_min(sdk_name, place), bool_or(has_vitals),
           unnest(arg_max({'lcp_ms': lcp_ms, 'inp_ms': inp_ms, 'cls': cls, 'fcp_ms': fcp_ms, 'ttfb_ms': ttfb_ms}, place) FILTER (has_vitals))
    FROM sided WHERE beacons > 1
    GROUP BY side, app, page_view_id)
SELECT side, app, page_view_id, session_id, occurred_at, date_trunc('minute', received_at) AS minute, coalesce(service_version, '(none)') AS service_version,
       coalesce(cohort, '(none)') AS cohort, CASE WHEN is_test THEN 2 WHEN is_bot THEN 1 ELSE 0 END::TINYINT AS mark, coalesce(route, '(none)') AS route,
       coalesce(device_type, '(none)') AS device_type, coalesce(browser_name, '(none)') AS browser_name, coalesce(country, '(none)') AS country,
       rollups.connection_name(effective_connection_type) AS connection, coalesce(weight_millionths, 1000000) AS weight,
       CASE WHEN has_vitals THEN rollups.bin_of(lcp_ms, 1.0) END AS lcp_bin, CASE WHEN has_vitals THEN rollups.bin_of(inp_ms, 1.0) END AS inp_bin,
       CASE WHEN has_vitals THEN rollups.bin_of(cls, 0.0001) END AS cls_bin, CASE WHEN has_vitals THEN rollups.bin_of(fcp_ms, 1.0) END AS fcp_bin,
       CASE WHEN has_vitals THEN rollups.bin_of(ttfb_ms, 1.0) END AS ttfb_bin
FROM combined
WHERE sdk_name IS DISTINCT FROM 'reports';

CREATE OR REPLACE TEMP TABLE rolling_sessions AS
SELECT side, app, session_id, (md5_number_lower(session_id) % 16)::TINYINT AS session_group, max(mark) AS mark,
       count(DISTINCT service_version) FILTER (service_version <> '(none)') > 1 AS is_crossing,
       unnest(arg_min({'service_version': service_version, 'cohort': cohort, 'route': route, 'device_type': device_type, 'browser_name': browser_name,
                       'country': country, 'connection': connection, 'weight': weight},
                      {'occurred_at': occurred_at, 'page_view_id': page_view_id}))
FROM rolling_views
GROUP BY side, app, session_id;
