-- When was the canary deployed? In: app, version or cohort (the other null), since, until. Grain: one row, null without a deployment mark.
-- Caution: of a version the first mark counts; a cohort is used again by each release, so of it the last one does.
SELECT CASE WHEN $canary_version::VARCHAR IS NOT NULL THEN min(occurred_at) ELSE max(occurred_at) END AS deployed_at
FROM deployments
WHERE app = $app AND occurred_at >= $since::TIMESTAMP AND occurred_at < $until::TIMESTAMP
  AND (service_version = $canary_version::VARCHAR OR ($canary_version::VARCHAR IS NULL AND cohort = $canary_cohort::VARCHAR))
