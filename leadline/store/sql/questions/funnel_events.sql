-- Which of some events did each session cause, in which order? In: since, names; temp table owned (owned_sessions). Grain: event of these names.
-- Caution: by the clock of the page, corrected as ever; two events of the same moment stand in the order of their names.
SELECT o.app, o.version AS service_version, o.session_id, o.weight, e.name
FROM events_since($since::TIMESTAMP) AS e
JOIN owned AS o ON o.app = e.app AND o.session_id = coalesce(e.session_id, e.page_view_id)
WHERE e.name IN (SELECT unnest($names::VARCHAR[])) AND o.weight > 0
ORDER BY o.app, o.session_id, e.occurred_at, e.name
