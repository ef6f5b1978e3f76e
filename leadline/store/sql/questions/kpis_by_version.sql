-- How many sessions of each version caused each business event, and what was its value?
-- In: since, app (null: all), versions (null: all), with_synthetic. Grain: app, version, event name.
-- Caution: a session belongs to the version of its first view, whichever version it was in when it bought.
WITH owned AS (
    SELECT app, session_id, coalesce(service_version, '(none)') AS service_version
    FROM sessions_since($since::TIMESTAMP)
    WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR user_agent_synthetic_type IS NULL))
SELECT e.app, o.service_version, e.name, count(*)::BIGINT AS events, count(DISTINCT o.session_id)::BIGINT AS sessions_with_event,
       sum(e.value) AS value_sum, avg(e.value) AS value_mean
FROM events_since($since::TIMESTAMP) AS e
JOIN owned AS o ON o.app = e.app AND o.session_id = coalesce(e.session_id, e.page_view_id)
WHERE ($versions::VARCHAR[] IS NULL OR o.service_version IN (SELECT unnest($versions::VARCHAR[])))
  AND ($with_synthetic OR e.user_agent_synthetic_type IS NULL)
GROUP BY ALL
