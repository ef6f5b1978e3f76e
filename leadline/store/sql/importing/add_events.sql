-- In: since; temp tables new_events, new_beacons. Grain: entry. Caution: places in the section go on after those that are taken.
INSERT INTO facts.events BY NAME
WITH taken AS (
    SELECT app, page_view_id, max(ordinal) AS ordinal
    FROM facts.events
    WHERE received_at >= $since::TIMESTAMP - INTERVAL 24 HOUR AND page_view_id IN (SELECT page_view_id FROM new_events)
    GROUP BY ALL)
SELECT b.log_file, b.log_position,
       (coalesce(t.ordinal, -1) + row_number() OVER (PARTITION BY n.app, n.page_view_id ORDER BY n.received_at, n.occurred_at, n.place))::INTEGER AS ordinal,
       n.app, n.page_view_id, n.occurred_at, n.received_at, n.name, n.value, n.attributes
FROM new_events AS n
JOIN new_beacons AS b ON b.is_first AND b.app = n.app AND b.page_view_id = n.page_view_id
LEFT JOIN taken AS t ON t.app = n.app AND t.page_view_id = n.page_view_id
