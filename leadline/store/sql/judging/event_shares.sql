-- Which share of sessions has each business event within half an hour, and how soon? In: app, since, first_start_ms. Grain: event name.
WITH hit AS (
    SELECT coalesce(e.session_id, e.page_view_id) AS session, e.name, min(epoch_ms(e.received_at)) AS received_ms
    FROM events_since($since::TIMESTAMP) AS e WHERE e.app = $app GROUP BY ALL)
SELECT h.name, count(*)::BIGINT AS sessions, median(h.received_ms - s.started_ms) / 60000.0 AS after_minutes
FROM hit AS h JOIN judged_sessions AS s ON s.session = h.session
WHERE s.started_ms >= $first_start_ms AND h.received_ms <= s.started_ms + 1800000
GROUP BY h.name ORDER BY sessions DESC
