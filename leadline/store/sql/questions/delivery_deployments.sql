-- What was deployed in the window? For one app.
-- In: app, since, until. Grain: one row per deployment. Caution: only what was marked or imported is known.
SELECT service_version, occurred_at AS deployed_at, committed_at FROM deployments
WHERE app = $app AND occurred_at >= $since::TIMESTAMP AND occurred_at < $until::TIMESTAMP
