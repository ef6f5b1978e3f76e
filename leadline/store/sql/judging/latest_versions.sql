-- Which two versions are meant where nobody says? In: app, since, until. Grain: version, the newest first.
-- Registered ones first, by when; then those that users saw, by their first view.
WITH viewed AS (
    SELECT service_version, min(received_at) AS first_at FROM page_views_since($since::TIMESTAMP)
    WHERE app = $app AND received_at < $until::TIMESTAMP AND user_agent_synthetic_type IS NULL AND service_version IS NOT NULL
      AND service_version <> '(other)'
    GROUP BY service_version)
SELECT coalesce(r.service_version, v.service_version) AS service_version, r.service_version IS NOT NULL AS is_registered
FROM (SELECT service_version, registered_at FROM registered_versions WHERE app = $app) AS r
FULL JOIN viewed AS v ON v.service_version = r.service_version
ORDER BY is_registered DESC, coalesce(r.registered_at, v.first_at) DESC, service_version DESC
LIMIT 2
