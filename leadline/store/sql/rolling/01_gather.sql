-- Which beacons speak of the sessions that something new was said of? All of them: a session is added up whole.
-- In: temp tables fresh (app, page_view_id, session_id of what is new) and files (file, rolled, upto). Out: temp table gathered.
-- Grain: beacon. Caution: an id that two apps share gathers both, which changes no sum; beyond `upto` nothing is read; `is_rolled` is what stands in the rollups already; `place` orders a view's beacons without ties.
CREATE OR REPLACE TEMP TABLE gathered AS
SELECT b.app, b.page_view_id, b.session_id, b.log_file, b.log_position, b.received_at, b.occurred_at, b.service_version, b.cohort, b.synthetic,
       b.country, b.browser_name, b.device_type, b.effective_connection_type, b.route, b.sdk_name, b.weight_millionths, b.has_vitals, b.has_errors,
       b.has_events, b.has_requests, b.errors_from, b.events_from, b.requests_from, b.lcp_ms, b.inp_ms, b.cls, b.fcp_ms, b.ttfb_ms,
       b.log_position <= f.rolled AS is_rolled,
       row_number() OVER (PARTITION BY b.app, b.page_view_id ORDER BY b.ordering, b.log_file DESC, b.log_position DESC) AS place,
       count(*) OVER (PARTITION BY b.app, b.page_view_id) AS beacons
FROM facts.beacons AS b
JOIN files AS f ON f.file = b.log_file AND b.log_position <= f.upto
WHERE b.page_view_id IN (SELECT page_view_id FROM fresh) OR b.session_id IN (SELECT session_id FROM fresh WHERE session_id IS NOT NULL);
