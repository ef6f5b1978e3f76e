-- A part of the made-up traffic (traffic.py): views first..last of `views`, spread over seven days. In: first, last, views, seed.
CREATE OR REPLACE TEMP TABLE part AS
WITH numbered AS (
    SELECT i, i // 3 AS session, hash(i + $seed) AS h, hash(i // 3 + $seed) AS s FROM range($first::BIGINT, $last::BIGINT) AS t(i)),
placed AS (
    SELECT *, TIMESTAMP '2026-11-20' + to_microseconds((i * 604800000000.0 / $views)::BIGINT) AS received_at,
           sqrt(-2 * ln(((s >> 11) + 1) / 9007199254740993.0)) * cos(6.283185307 * (hash(s) % 1000003) / 1000003.0) AS own,
           sqrt(-2 * ln(((h >> 11) + 1) / 9007199254740993.0)) * cos(6.283185307 * (hash(h) % 1000003) / 1000003.0) AS noise
    FROM numbered)
SELECT i, 'view-' || lpad(i::VARCHAR, 12, '0') AS page_view_id, 'session-' || lpad(session::VARCHAR, 11, '0') AS session_id, received_at,
       '1.' || least(3, (epoch(received_at - TIMESTAMP '2026-11-20') // 172800)::INTEGER + (s % 10 = 0)::INTEGER) || '.0' AS service_version,
       CASE WHEN s % 10 = 0 THEN 'canary' ELSE 'baseline' END AS cohort, '/r/' || (h % 200) AS route,
       ['desktop', 'mobile', 'mobile', 'tablet'][(s % 4)::INTEGER + 1] AS device_type,
       ['Chrome', 'Firefox', 'Safari', 'Edge', 'Chrome Mobile'][(s // 7 % 5)::INTEGER + 1] AS browser_name,
       ['SE', 'DE', 'US', 'FR', 'GB', 'NO', 'DK', 'FI'][(s // 11 % 8)::INTEGER + 1] AS country, ['4g', '3g'][(s // 13 % 2)::INTEGER + 1] AS connection,
       exp(7.5 + 0.45 * (own + noise)) AS lcp_ms, exp(4 + 0.6 * (own + noise)) AS inp_ms, exp(-3.5 + 0.7 * (own + noise)) AS cls,
       exp(6.8 + 0.4 * (own + noise)) AS fcp_ms, exp(5.5 + 0.5 * (own + noise)) AS ttfb_ms, h % 50 = 0 AS is_broken, h % 5 = 1 AS is_asking,
       i % 3 = 2 AND s % 20 = 0 AS is_buying
FROM placed;
INSERT INTO facts.beacons BY NAME
SELECT 'made-up' AS log_file, i + 1 AS log_position, 'shop' AS app, 'production' AS environment, page_view_id, 1 AS seq,
       (1::BIGINT << 43) + epoch_ms(received_at) AS ordering, received_at - INTERVAL 3 SECOND AS occurred_at, received_at, session_id, service_version,
       cohort, route AS url_path, route, country, browser_name, device_type, connection AS effective_connection_type, 'leadline' AS sdk_name,
       true AS has_vitals, is_broken AS has_errors, is_buying AS has_events, is_asking AS has_requests, round(lcp_ms) AS lcp_ms, round(inp_ms) AS inp_ms,
       round(cls, 4) AS cls, round(fcp_ms) AS fcp_ms, round(ttfb_ms) AS ttfb_ms, 1000000 AS weight_millionths, 0 AS errors_from, 0 AS events_from,
       0 AS requests_from
FROM part;
INSERT INTO facts.errors BY NAME
SELECT 'made-up' AS log_file, i + 1 AS log_position, 0 AS ordinal, 'shop' AS app, page_view_id, received_at AS occurred_at, received_at,
       'TypeError' AS error_type, 'x is undefined' AS message, 'f' || (i % 40) AS fingerprint, 1 AS count, false AS is_harmless
FROM part WHERE is_broken;
INSERT INTO facts.events BY NAME
SELECT 'made-up' AS log_file, i + 1 AS log_position, 0 AS ordinal, 'shop' AS app, page_view_id, received_at AS occurred_at, received_at,
       'bought' AS name, 42.5 AS value
FROM part WHERE is_buying;
INSERT INTO facts.requests BY NAME
SELECT 'made-up' AS log_file, i + 1 AS log_position, 0 AS ordinal, 'shop' AS app, page_view_id, received_at AS occurred_at, received_at,
       'GET' AS method, '/api/' || (i % 10) AS route, CASE WHEN i % 100 = 1 THEN 500 ELSE 200 END AS status_code, ttfb_ms AS duration_ms, 1 AS count
FROM part WHERE is_asking;
