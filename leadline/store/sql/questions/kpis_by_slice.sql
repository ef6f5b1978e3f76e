-- How many sessions of each version caused each business event, and what was its value?
-- In: since, slice_by, every_s (facts.slice_of); temp table owned (owned_sessions). Grain: app, version, slice, event name.
-- Caution: a session belongs to the version of its first view, whichever version it was in when it bought; of slices by time, the event's own counts.
WITH per_session AS (
    SELECT o.app, o.version, e.name, o.session_id, any_value(o.weight) AS weight, count(*) AS events, sum(e.value) AS value_sum,
           count(e.value) AS valued,
           facts.slice_of($slice_by, $every_s::BIGINT, e.received_at, o.route, o.device_type, o.browser_name, o.geo_country_iso_code,
                          o.effective_connection_type) AS slice
    FROM events_since($since::TIMESTAMP) AS e
    JOIN owned AS o ON o.app = e.app AND o.session_id = coalesce(e.session_id, e.page_view_id)
    GROUP BY ALL)
SELECT app, version AS service_version, slice, name, sum(weight) AS weight, sum(weight * weight) AS squared_weight, sum(events * weight) AS events,
       sum(value_sum * weight) AS value_sum
FROM per_session
GROUP BY ALL
