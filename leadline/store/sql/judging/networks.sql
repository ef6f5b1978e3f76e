-- From which network did each judged session come? In: app, scan_from. Grain: session whose first view's network is known.
-- Made into the temporary table judged_networks. Caution: the hash of a network changes daily; null for imported rows.
CREATE OR REPLACE TEMP TABLE judged_networks AS
SELECT s.session, s.started_ms // 86400000 AS day, arg_min(b.network_hash, b.ordering) AS network
FROM judged_sessions AS s JOIN facts.beacons AS b ON b.page_view_id = s.page_view_id AND b.app = $app
WHERE b.received_at >= $scan_from::TIMESTAMP AND b.network_hash IS NOT NULL AND s.started_ms >= $first_start_ms
GROUP BY s.session, s.started_ms
