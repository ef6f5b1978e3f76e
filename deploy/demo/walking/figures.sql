-- How did real visits of each version go since a moment? In: since (bounds the arrival of the visit's first view). Grain: version.
-- Caution: a visit that began before `since` is left out whole, so that a fault is not blamed for what came before it.
WITH visits AS (
    SELECT session_id, service_version, page_views
    FROM sessions_since(TIMESTAMP '{since}')
    WHERE app = 'shop' AND user_agent_synthetic_type IS NULL AND occurred_at >= TIMESTAMP '{since}'),
sales AS (
    SELECT session_id, count(*) AS sales
    FROM events_since(TIMESTAMP '{since}')
    WHERE name = 'checkout_completed' AND user_agent_synthetic_type IS NULL GROUP BY session_id),
broken AS (
    SELECT session_id, sum(count) AS errors FROM errors_since(TIMESTAMP '{since}') GROUP BY session_id),
refused AS (
    SELECT session_id, count(*) AS failed_requests
    FROM requests_since(TIMESTAMP '{since}') WHERE status_code = 0 OR status_code >= 400 GROUP BY session_id),
speed AS (
    SELECT service_version, median(ttfb_ms) AS ttfb_p50_ms
    FROM vitals_since(TIMESTAMP '{since}')
    WHERE user_agent_synthetic_type IS NULL AND occurred_at >= TIMESTAMP '{since}' GROUP BY service_version)
SELECT v.service_version AS version, count(*)::INTEGER AS sessions, count(s.sales)::INTEGER AS bought,
       coalesce(sum(s.sales), 0)::INTEGER AS sales, coalesce(sum(v.page_views), 0)::INTEGER AS page_views,
       coalesce(sum(b.errors), 0)::INTEGER AS errors, coalesce(sum(r.failed_requests), 0)::INTEGER AS failed_requests,
       any_value(p.ttfb_p50_ms)::DOUBLE AS ttfb_p50_ms
FROM visits AS v
LEFT JOIN sales AS s USING (session_id)
LEFT JOIN broken AS b USING (session_id)
LEFT JOIN refused AS r USING (session_id)
LEFT JOIN speed AS p ON p.service_version = v.service_version
GROUP BY v.service_version
