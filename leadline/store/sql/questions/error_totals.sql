-- Of how many views and sessions is an error's share? By weight. In: since, app (null: all), with_synthetic. Grain: app, version of the view.
-- Caution: becomes the temp table viewed; a session counts in each version of which it saw a view.
WITH viewing AS (
    SELECT app, coalesce(service_version, '(none)') AS service_version, coalesce(session_id, page_view_id) AS session_id, sum(weight) AS views,
           max(weight) AS weight
    FROM page_views_since($since::TIMESTAMP)
    WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR user_agent_synthetic_type IS NULL)
    GROUP BY ALL)
SELECT app, service_version, sum(views) AS views, sum(weight) AS sessions FROM viewing GROUP BY ALL
