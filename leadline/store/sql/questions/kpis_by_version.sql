-- How many sessions of each version caused each business event, and what was its value?
-- In: since, app (null: all), versions (null: all), with_synthetic. Grain: app, version, event name.
-- Caution: a session belongs to the version of its first view, whichever version it was in when it bought. `weighted_…` count each session by its weight.
WITH owned AS (
    SELECT app, session_id, coalesce(service_version, '(none)') AS service_version, weight
    FROM sessions_since($since::TIMESTAMP)
    WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR user_agent_synthetic_type IS NULL)),
per_session AS (
    SELECT e.app, o.service_version, e.name, o.session_id, any_value(o.weight) AS weight, count(*) AS events, sum(e.value) AS value_sum,
           count(e.value) AS valued
    FROM events_since($since::TIMESTAMP) AS e
    JOIN owned AS o ON o.app = e.app AND o.session_id = coalesce(e.session_id, e.page_view_id)
    WHERE ($versions::VARCHAR[] IS NULL OR o.service_version IN (SELECT unnest($versions::VARCHAR[])))
      AND ($with_synthetic OR e.user_agent_synthetic_type IS NULL)
    GROUP BY ALL)
SELECT app, service_version, name, sum(events)::BIGINT AS events, count(*)::BIGINT AS sessions_with_event, sum(value_sum) AS value_sum,
       sum(value_sum) / sum(valued) AS value_mean, sum(events * weight) AS weighted_events, sum(weight) AS weighted_sessions_with_event,
       sum(weight * weight) AS squared_weights, sum(value_sum * weight) AS weighted_value_sum,
       sum(value_sum * weight) / nullif(sum(valued * weight), 0) AS weighted_value_mean
FROM per_session
GROUP BY ALL
