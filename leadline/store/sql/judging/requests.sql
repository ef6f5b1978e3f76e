-- Which requests did the judged sessions make? Made into the temporary table judged_requests.
-- In: app, scan_from. Grain: one row per request, with the arrival of its first statement.
CREATE OR REPLACE TEMP TABLE judged_requests AS
SELECT coalesce(r.session_id, r.page_view_id) AS session, r.route, r.duration_ms, r.status_code = 0 OR r.status_code >= 500 AS is_failed,
       epoch_ms(r.received_at) AS received_ms
FROM requests_since($scan_from::TIMESTAMP) AS r
SEMI JOIN judged_sessions AS s ON s.session = coalesce(r.session_id, r.page_view_id)
WHERE r.app = $app
