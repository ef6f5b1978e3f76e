-- Which sessions caused the first event of a funnel, each in the version of its first view? For funnel_events: no other session comes further.
-- In: since, first (the event's name), app (null: all), versions (null: all), with_synthetic. Grain: session. Caution: becomes the temp table owned.
SELECT *, coalesce(service_version, '(none)') AS version
FROM sessions_since($since::TIMESTAMP, with_event := $first::VARCHAR)
WHERE ($app::VARCHAR IS NULL OR app = $app)
  AND ($versions::VARCHAR[] IS NULL OR coalesce(service_version, '(none)') IN (SELECT unnest($versions::VARCHAR[])))
  AND ($with_synthetic OR user_agent_synthetic_type IS NULL)
