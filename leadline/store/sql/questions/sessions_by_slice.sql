-- How many sessions does each version have, and how many of them crossed to another?
-- In: since, slice_by, every_s (facts.slice_of); temp table owned (owned_sessions). Grain: app, version of the first view, slice.
-- Caution: a session counts where a view or an event of it first arrived since then; of slices by time, in each in which it did so.
WITH moments AS (
    SELECT app, session_id, received_at FROM owned WHERE $slice_by <> 'time'
    UNION ALL
    SELECT app, coalesce(session_id, page_view_id), received_at FROM page_views_since($since::TIMESTAMP) WHERE $slice_by = 'time'
    UNION ALL
    SELECT app, coalesce(session_id, page_view_id), received_at FROM events_since($since::TIMESTAMP) WHERE $slice_by = 'time'),
counted AS (
    SELECT DISTINCT o.app, o.version, o.session_id, o.weight, o.is_crossing,
           facts.slice_of($slice_by, $every_s::BIGINT, m.received_at, o.route, o.device_type, o.browser_name, o.geo_country_iso_code,
                          o.effective_connection_type) AS slice
    FROM owned AS o JOIN moments AS m ON m.app = o.app AND m.session_id = o.session_id)
SELECT app, version AS service_version, slice, count(*) FILTER (weight > 0)::BIGINT AS n, sum(weight) AS weight, sum(weight * weight) AS squared_weight,
       coalesce(sum(weight) FILTER (is_crossing), 0) AS crossing_weight
FROM counted
GROUP BY ALL
