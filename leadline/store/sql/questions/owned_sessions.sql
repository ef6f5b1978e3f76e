-- Which sessions are asked about, each in the version of its first view? For sessions_by_slice and kpis_by_slice, which both need them.
-- In: since, app (null: all), versions (null: all), with_synthetic. Grain: session. Caution: becomes the temp table owned.
SELECT *, coalesce(service_version, '(none)') AS version
FROM sessions_since($since::TIMESTAMP)
WHERE ($app::VARCHAR IS NULL OR app = $app)
  AND ($versions::VARCHAR[] IS NULL OR coalesce(service_version, '(none)') IN (SELECT unnest($versions::VARCHAR[])))
  AND ($with_synthetic OR user_agent_synthetic_type IS NULL)
