-- How many page views of users were there, and how many had an error, minute by minute? Indicator `errors`.
-- In: since, until, app, name and threshold (unused). Grain: minute of the view's received_at, version of the view.
-- Caution: an error that is stated later counts in the minute in which its view arrived. Each view counts by its weight; harmless errors do not.
WITH broken AS (SELECT DISTINCT page_view_id FROM errors_since($since::TIMESTAMP) WHERE app = $app AND NOT is_harmless)
SELECT date_trunc('minute', v.received_at) AS starts_at, coalesce(v.service_version, '(none)') AS service_version,
       sum(v.weight) AS valid, coalesce(sum(v.weight) FILTER (b.page_view_id IS NOT NULL), 0) AS bad
FROM page_views_since($since::TIMESTAMP) AS v LEFT JOIN broken AS b ON b.page_view_id = v.page_view_id
WHERE v.app = $app AND v.received_at < $until::TIMESTAMP AND v.user_agent_synthetic_type IS NULL AND $name::VARCHAR IS NOT NULL AND $threshold::DOUBLE IS NOT NULL
GROUP BY ALL
