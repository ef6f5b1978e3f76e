-- A made-up day, straight into facts. In: app, begins, sessions. `s` numbers sessions, `v` views, and a hash of both stands for chance.
-- Rows in order of their arrival, as a loader writes them.
CREATE TEMP TABLE made AS
SELECT $app || '-' || s AS session, s, v, $app || '-' || s || '-' || v AS view, hash(s, v) AS h,
       $begins::TIMESTAMP + to_milliseconds((hash(s, 'start') % 86400000)::BIGINT) + to_seconds((v * (20 + hash(s, v, 'pause') % 200))::BIGINT) AS made_at,
       CASE WHEN hash(s, 'arm') % 10 = 0 THEN '1.5.0' ELSE '1.4.2' END AS version, CASE WHEN hash(s, 'device') % 2 = 0 THEN 'mobile' ELSE 'desktop' END AS device
FROM range($sessions) AS sessions(s), range(2) AS views(v);
INSERT INTO facts.beacons BY NAME
SELECT $app || '.log' AS log_file, (row_number() OVER (ORDER BY made_at)) * 2 + seq AS log_position, $app AS app, 'production' AS environment, view AS page_view_id,
       seq::INTEGER AS seq, (seq::BIGINT << 43) + epoch_ms(made_at) + seq * 9000 AS ordering, made_at AS occurred_at, made_at + to_milliseconds(seq * 9000) AS received_at,
       session AS session_id, version AS service_version, NULL AS cohort, '/shop' AS url_path, '/shop' AS route, device AS device_type, 'Chrome' AS browser_name,
       'AT' AS country, hash(s % 50000)::VARCHAR AS network_hash, true AS has_vitals, h % 100 = 0 AND seq = 1 AS has_errors, h % 5 = 0 AND seq = 1 AS has_events,
       seq = 1 AS has_requests, 600 + (h % 4000)::DOUBLE AS lcp_ms, 40 + (h % 300)::DOUBLE AS inp_ms, (h % 300) / 1000 AS cls, 300 + (h % 1500)::DOUBLE AS fcp_ms,
       80 + (h % 400)::DOUBLE AS ttfb_ms, 1000000 AS weight_millionths
FROM made, range(2) AS beacons(seq) ORDER BY received_at;
INSERT INTO facts.errors BY NAME
SELECT b.log_file, b.log_position, 0 AS ordinal, b.app, b.page_view_id, b.occurred_at, b.received_at, 'TypeError' AS error_type, 'x' AS message, 'x' AS fingerprint, 1 AS count
FROM facts.beacons AS b WHERE b.has_errors AND b.app = $app ORDER BY received_at;
INSERT INTO facts.events BY NAME
SELECT b.log_file, b.log_position, e AS ordinal, b.app, b.page_view_id, b.occurred_at, b.received_at, CASE WHEN e = 0 THEN 'add_to_cart' ELSE 'checkout_completed' END AS name, 20 + e AS value
FROM facts.beacons AS b, range(2) AS entries(e) WHERE b.has_events AND b.app = $app ORDER BY received_at;
INSERT INTO facts.requests BY NAME
SELECT b.log_file, b.log_position, r AS ordinal, b.app, b.page_view_id, b.occurred_at, b.received_at, 'GET' AS method, ['/api/cart', '/api/pay', '/api/user', '/img'][r + 1] AS route,
       CASE WHEN hash(b.page_view_id, r) % 200 = 0 THEN 500 ELSE 200 END AS status_code, 20 + (hash(b.page_view_id, r) % 500)::DOUBLE AS duration_ms, 1 AS count
FROM facts.beacons AS b, range(4) AS entries(r) WHERE b.has_requests AND b.app = $app ORDER BY received_at;
DROP TABLE made;
