-- Of the sessions that began since then, how many began on that version or in that cohort, or with another variant of that flag than `off`?
-- In: since, app, version (null: judged by the cohort), cohort (null: by the version), flag (null: by version or cohort), off. Grain: one row.
-- Caution: real users only. A session counts by its first view; with a flag only sessions count whose views name the flag.
WITH begun AS (
    SELECT coalesce(session_id, page_view_id) AS session_id, min(occurred_at) AS began_at,
           arg_min(service_version, occurred_at) AS service_version,
           arg_min(cohort, occurred_at) AS cohort,
           arg_min(json_extract_string(attributes, '$."flag.' || $flag::VARCHAR || '"'), occurred_at) AS variant
    FROM page_views_since($since::TIMESTAMP)
    WHERE app = $app AND user_agent_synthetic_type IS NULL
    GROUP BY 1)
SELECT count(*)::BIGINT AS sessions,
       count(*) FILTER (CASE WHEN $cohort::VARCHAR IS NOT NULL THEN cohort = $cohort WHEN $flag::VARCHAR IS NULL THEN service_version = $version ELSE variant IS DISTINCT FROM $off END)::BIGINT AS bad
FROM begun
WHERE began_at >= $since::TIMESTAMP AND ($flag::VARCHAR IS NULL OR variant IS NOT NULL)
