-- Has anything come from each app's pages, and does it name a version, a route and a business event?
-- In: since, app (null: all). Grain: one row per app that sent anything. Caution: counts synthetic traffic and bots too: it is about the plumbing.
WITH caused AS (
    SELECT app, list(DISTINCT name ORDER BY name)[1:20] AS events
    FROM events_since($since::TIMESTAMP)
    WHERE $app::VARCHAR IS NULL OR app = $app
    GROUP BY app)
SELECT v.app, count(*)::BIGINT AS page_views, count(*) FILTER (v.user_agent_synthetic_type IS NULL)::BIGINT AS page_views_of_people,
       max(v.last_received_at) AS last_received_at, count(v.service_version)::BIGINT AS page_views_with_version,
       arg_max(v.service_version, v.last_received_at) AS service_version, count(v.route)::BIGINT AS page_views_with_route,
       coalesce(list(DISTINCT v.route ORDER BY v.route) FILTER (v.route IS NOT NULL), [])[1:5] AS routes, coalesce(any_value(c.events), []) AS events
FROM page_views_since($since::TIMESTAMP) AS v
LEFT JOIN caused AS c USING (app)
WHERE $app::VARCHAR IS NULL OR v.app = $app
GROUP BY v.app
ORDER BY v.app
