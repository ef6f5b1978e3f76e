-- What was deployed when? In: since, app (null: all), versions (null: all). Grain: deployment, the earliest first. Caution: as of the last loaded change.
SELECT app, service_version, occurred_at AS deployed_at, cohort
FROM deployments
WHERE occurred_at >= $since::TIMESTAMP AND ($app::VARCHAR IS NULL OR app = $app)
  AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[])))
ORDER BY occurred_at
