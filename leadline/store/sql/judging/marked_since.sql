-- Was this view marked as synthetic by a beacon of that time? In: app, page_view_id, since, until. Grain: one row.
-- Caution: only the given time is read; a view stays marked, so the next question can begin where the last one ended.
SELECT count(*) > 0 AS is_marked
FROM facts.beacons
WHERE app = $app AND page_view_id = $page_view_id AND received_at >= $since::TIMESTAMP AND received_at < $until::TIMESTAMP AND synthetic IN ('test', 'bot')
