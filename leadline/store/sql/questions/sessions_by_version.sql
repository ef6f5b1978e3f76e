-- How many sessions does each version have, and how many of them crossed to another?
-- In: since, app (null: all), versions (null: all), with_synthetic. Grain: app and version of the session's first view.
-- Caution: page views count in their own version, sessions in that of their first view. `weight…` sums are those of an estimate (leadline.analysis).
SELECT app, coalesce(service_version, '(none)') AS service_version, count(*)::BIGINT AS sessions,
       count(*) FILTER (is_crossing)::BIGINT AS crossing_sessions, sum(weight) AS weighted_sessions,
       coalesce(sum(weight) FILTER (is_crossing), 0) AS weighted_crossing_sessions, sum(weight * weight) AS squared_weights,
       count(*) FILTER (weight > 0)::BIGINT AS counting_sessions
FROM sessions_since($since::TIMESTAMP)
WHERE ($app::VARCHAR IS NULL OR app = $app)
  AND ($versions::VARCHAR[] IS NULL OR coalesce(service_version, '(none)') IN (SELECT unnest($versions::VARCHAR[])))
  AND ($with_synthetic OR user_agent_synthetic_type IS NULL)
GROUP BY ALL
