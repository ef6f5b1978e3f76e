-- Which events of the judged sessions count? Made into the temporary table judged_events.
-- In: app, scan_from, names. Grain: one row per event, with the arrival of its first statement.
CREATE OR REPLACE TEMP TABLE judged_events AS
SELECT coalesce(e.session_id, e.page_view_id) AS session, e.name, e.value, epoch_ms(e.received_at) AS received_ms
FROM events_since($scan_from::TIMESTAMP) AS e
SEMI JOIN judged_sessions AS s ON s.session = coalesce(e.session_id, e.page_view_id)
WHERE e.app = $app AND e.name IN (SELECT unnest($names::VARCHAR[]))
