-- When did the canary's first session begin? In: app, since, until, canary_version, canary_cohort. Grain: one row, null without any.
SELECT min(received_at) AS first_at, max(received_at) AS last_at
FROM page_views_since($since::TIMESTAMP)
WHERE app = $app AND received_at < $until::TIMESTAMP AND user_agent_synthetic_type IS NULL
  AND (coalesce(service_version, '(none)') = $canary_version::VARCHAR OR cohort = $canary_cohort::VARCHAR)
