-- Which beacons speak of the sessions of a part? For a rebuild: as 01_gather, but everything is new. In: temp tables part, files and mixed.
-- Grain: beacon. Caution: what retention removed raw rows of is left out, as in began.sql; a view whose beacons name several sessions goes whole with the
-- one that counts. Only the time in which the part's sessions came is read: rows lie about in the order in which they arrived.
CREATE OR REPLACE TEMP TABLE gathered AS
SELECT b.app, b.page_view_id, b.session_id, b.log_file, b.log_position, b.received_at, b.occurred_at, b.service_version, b.cohort, b.synthetic,
       b.country, b.browser_name, b.device_type, b.effective_connection_type, b.route, b.sdk_name, b.weight_millionths, b.has_vitals, b.has_errors,
       b.has_events, b.has_requests, b.errors_from, b.events_from, b.requests_from, b.lcp_ms, b.inp_ms, b.cls, b.fcp_ms, b.ttfb_ms,
       false AS is_rolled,
       row_number() OVER (PARTITION BY b.app, b.page_view_id ORDER BY b.ordering, b.log_file DESC, b.log_position DESC) AS place,
       count(*) OVER (PARTITION BY b.app, b.page_view_id) AS beacons
FROM facts.beacons AS b
JOIN files AS f ON f.file = b.log_file AND b.log_position <= f.upto
LEFT JOIN mixed AS m ON m.app = b.app AND m.page_view_id = b.page_view_id
ANTI JOIN rollups.retired AS r ON r.app = b.app AND r.day = b.received_at::DATE
WHERE b.received_at >= (SELECT min(began_at) FROM part) AND b.received_at <= (SELECT max(ended_at) FROM part)
  AND hash(coalesce(m.session_id, b.session_id, b.page_view_id)) IN (SELECT session FROM part)
