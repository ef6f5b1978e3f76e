-- Which events of the judged sessions count, and when? Made into the temporary table judged_events.
-- In: app, scan_from, until, names; judged_numbers. Grain: one row per statement of an entry, with when it arrived and when a newer beacon of the view
-- stated its place anew (`superseded_ms`; null: it stands). An entry counts at a moment that lies between the two.
-- Caution: an imported entry may say that it arrived before its view; up to an hour before counts.
CREATE OR REPLACE TEMP TABLE judged_events AS
WITH told AS MATERIALIZED (
    SELECT page_view_id, log_file, log_position, ordering, received_at, coalesce(events_from, 0) AS told_from FROM facts.beacons
    WHERE app = $app AND has_events AND received_at >= $scan_from::TIMESTAMP AND received_at < $until::TIMESTAMP),
repeated AS (SELECT page_view_id FROM told GROUP BY page_view_id HAVING count(*) > 1),
-- The newest of a view first; of those with the same place, the one that was logged first.
newer AS MATERIALIZED (
    SELECT *, row_number() OVER newest AS place,
           min(CASE WHEN told_from = 0 THEN received_at END) OVER (newest ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS whole_at
    FROM told SEMI JOIN repeated USING (page_view_id)
    WINDOW newest AS (PARTITION BY page_view_id ORDER BY ordering DESC, log_file, log_position)),
entries AS MATERIALIZED (
    SELECT i.log_file, i.log_position, i.ordinal, i.received_at, v.number, i.name, i.value
    FROM facts.events AS i JOIN judged_numbers AS v ON v.page_view_id = i.page_view_id
    WHERE i.app = $app AND i.received_at >= $scan_from::TIMESTAMP - INTERVAL 1 HOUR AND i.received_at >= v.began_at - INTERVAL 1 HOUR
      AND i.received_at < $until::TIMESTAMP AND i.name IN (SELECT unnest($names::VARCHAR[]))),
in_part AS (
    SELECT i.log_file, i.log_position, i.ordinal, min(n.received_at) AS part_at
    FROM entries AS i JOIN newer AS o ON o.log_file = i.log_file AND o.log_position = i.log_position
    JOIN newer AS n ON n.page_view_id = o.page_view_id AND n.place < o.place AND n.told_from > 0 AND n.told_from <= i.ordinal
    GROUP BY ALL)
SELECT i.number, i.name, i.value, epoch_ms(i.received_at) AS received_ms, epoch_ms(least(o.whole_at, p.part_at)) AS superseded_ms
FROM entries AS i
LEFT JOIN newer AS o ON o.log_file = i.log_file AND o.log_position = i.log_position
LEFT JOIN in_part AS p ON p.log_file = i.log_file AND p.log_position = i.log_position AND p.ordinal = i.ordinal
