-- Which mistakes hit users, how often, in which version, and since when? Crashes and network errors that browsers report are among them.
-- In: since, app (null: all), versions (null: all), with_synthetic, row_limit. Grain: app, fingerprint, version.
-- Caution: message and stack are of the newest occurrence; page_views is how many views had it, the truer figure than the count (of a browser's
-- report: how many reports). per_page_view is occurrences by all views of the version; null where it had none.
WITH viewed AS (
    SELECT app, coalesce(service_version, '(none)') AS service_version, count(*) AS views
    FROM page_views_since($since::TIMESTAMP)
    WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR user_agent_synthetic_type IS NULL)
    GROUP BY ALL)
SELECT e.app, fingerprint, coalesce(e.service_version, '(none)') AS service_version, arg_max(error_type, received_at) AS error_type,
       arg_max(message, received_at) AS message, arg_max(stack, received_at) AS stack, sum(count)::BIGINT AS count,
       count(DISTINCT page_view_id)::BIGINT AS page_views, count(DISTINCT coalesce(session_id, page_view_id))::BIGINT AS sessions,
       min(occurred_at) AS first_occurred_at, max(occurred_at) AS last_occurred_at, sum(count)::DOUBLE / any_value(w.views) AS per_page_view
FROM errors_since($since::TIMESTAMP) AS e
LEFT JOIN viewed AS w ON w.app = e.app AND w.service_version = coalesce(e.service_version, '(none)')
WHERE ($app::VARCHAR IS NULL OR e.app = $app)
  AND ($versions::VARCHAR[] IS NULL OR coalesce(e.service_version, '(none)') IN (SELECT unnest($versions::VARCHAR[])))
  AND ($with_synthetic OR user_agent_synthetic_type IS NULL)
GROUP BY e.app, fingerprint, coalesce(e.service_version, '(none)')
ORDER BY page_views DESC, e.app, fingerprint, 3
LIMIT $row_limit
