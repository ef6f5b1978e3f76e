-- When did the canary's first session begin, and when the last view of it? In: app, since, until, canary_version, canary_cohort. Grain: one row (with the first view's id), null without any.
-- Caution: as page_views says it, but of those views alone that name the canary in some beacon: the rest of a month need not be told apart.
WITH naming AS MATERIALIZED (
    SELECT page_view_id FROM facts.beacons
    WHERE app = $app AND received_at >= $since::TIMESTAMP - INTERVAL 24 HOUR
      AND (coalesce(nullif(service_version, ''), '(none)') = $canary_version::VARCHAR OR nullif(cohort, '') = $canary_cohort::VARCHAR)),
viewed AS (
    SELECT page_view_id, min(received_at) AS received_at, coalesce(bool_or(synthetic IN ('test', 'bot')), false) AS is_marked, arg_min(sdk_name, ordering) AS sdk_name,
           arg_min(nullif(service_version, ''), ordering) AS service_version, arg_min(nullif(cohort, ''), ordering) AS cohort
    FROM facts.beacons
    WHERE app = $app AND received_at >= $since::TIMESTAMP - INTERVAL 24 HOUR AND page_view_id IN (SELECT page_view_id FROM naming)
    GROUP BY page_view_id)
SELECT min(received_at) AS first_at, max(received_at) AS last_at, arg_min(page_view_id, received_at) AS first_view
FROM viewed
WHERE received_at >= $since::TIMESTAMP AND received_at < $until::TIMESTAMP AND NOT is_marked AND sdk_name IS DISTINCT FROM 'reports'
  AND (coalesce(service_version, '(none)') = $canary_version::VARCHAR OR cohort = $canary_cohort::VARCHAR)
