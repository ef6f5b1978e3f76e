-- Which mistakes hit users, how often, in which version, and since when? Crashes and network errors that browsers report are among them.
-- In: since, app (null: all), versions (null: all), with_synthetic, row_limit; temp table viewed (error_totals, rolled_error_totals).
-- Grain: app, fingerprint, version.
-- Caution: message and stack are of the newest occurrence; page_views is how many views had it, the truer figure than the count (of a browser's
-- report: how many reports). Counts are of rows, examples included; per_page_view and session_ratio are by weight; null where the version had no view.
-- first_version and last_version are those of the mistake's first and last occurrence in any version.
WITH told AS (
    SELECT *, coalesce(service_version, '(none)') AS version, coalesce(session_id, page_view_id) AS session
    FROM errors_since($since::TIMESTAMP)
    WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR user_agent_synthetic_type IS NULL)),
spread AS (
    SELECT app, fingerprint, arg_min(version, occurred_at) AS first_version, arg_max(version, occurred_at) AS last_version
    FROM told GROUP BY ALL),
affected AS (
    SELECT app, fingerprint, version, sum(weight) AS weight
    FROM (SELECT app, fingerprint, version, session, max(weight) AS weight FROM told WHERE telemetry_sdk_name IS DISTINCT FROM 'reports' GROUP BY ALL)
    GROUP BY ALL)
SELECT e.app, e.fingerprint, e.version AS service_version, arg_max(e.error_type, e.received_at) AS error_type,
       arg_max(e.message, e.received_at) AS message, arg_max(e.stack, e.received_at) AS stack, sum(e.count)::BIGINT AS count,
       count(DISTINCT e.page_view_id)::BIGINT AS page_views, count(DISTINCT e.session)::BIGINT AS sessions,
       min(e.occurred_at) AS first_occurred_at, max(e.occurred_at) AS last_occurred_at,
       sum(e.count * e.weight)::DOUBLE / nullif(any_value(w.views), 0) AS per_page_view,
       any_value(a.weight) / nullif(any_value(w.sessions), 0) AS session_ratio, bool_and(e.is_harmless) AS is_harmless,
       any_value(s.first_version) AS first_version, any_value(s.last_version) AS last_version
FROM told AS e
JOIN spread AS s ON s.app = e.app AND s.fingerprint = e.fingerprint
LEFT JOIN viewed AS w ON w.app = e.app AND w.service_version = e.version
LEFT JOIN affected AS a ON a.app = e.app AND a.fingerprint = e.fingerprint AND a.version = e.version
WHERE $versions::VARCHAR[] IS NULL OR e.version IN (SELECT unnest($versions::VARCHAR[]))
GROUP BY e.app, e.fingerprint, e.version
ORDER BY page_views DESC, e.app, e.fingerprint, 3
LIMIT $row_limit
