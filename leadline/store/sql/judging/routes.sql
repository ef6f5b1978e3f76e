-- Which routes did the judged sessions view, and when? In: app, scan_from, until; judged_numbers. Made into the temporary table judged_routes.
-- Grain: page view. Caution: the route is the one that its first beacon says.
CREATE OR REPLACE TEMP TABLE judged_routes AS
SELECT b.page_view_id, v.number, coalesce(arg_min(b.route, b.ordering), '(none)') AS route, epoch_ms(min(b.received_at)) AS received_ms
FROM facts.beacons AS b JOIN judged_numbers AS v ON v.page_view_id = b.page_view_id
WHERE b.app = $app AND b.received_at >= $scan_from::TIMESTAMP AND b.received_at < $until::TIMESTAMP AND b.sdk_name IS DISTINCT FROM 'reports'
GROUP BY b.page_view_id, v.number
