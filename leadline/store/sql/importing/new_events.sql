-- Which of the events that are imported are not there yet? In: since; temp table incoming_events. Grain: entry.
-- Caution: entries that are equal in all of these columns are told apart by how many there are.
CREATE OR REPLACE TEMP TABLE new_events AS
WITH numbered AS (
    SELECT *, row_number() OVER (PARTITION BY app, page_view_id, occurred_at, name, value, attributes ORDER BY place) AS copy FROM incoming_events),
there AS (
    SELECT app, page_view_id, occurred_at, name, value, attributes, count(*) AS copies
    FROM events_since($since::TIMESTAMP)
    WHERE page_view_id IN (SELECT page_view_id FROM incoming_events)
    GROUP BY ALL)
SELECT n.* EXCLUDE (copy)
FROM numbered AS n
LEFT JOIN there AS t ON t.app IS NOT DISTINCT FROM n.app AND t.page_view_id IS NOT DISTINCT FROM n.page_view_id AND t.occurred_at IS NOT DISTINCT FROM n.occurred_at AND t.name IS NOT DISTINCT FROM n.name AND t.value IS NOT DISTINCT FROM n.value AND t.attributes IS NOT DISTINCT FROM n.attributes
WHERE n.copy > coalesce(t.copies, 0)
