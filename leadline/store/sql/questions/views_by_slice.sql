-- How many views, and how many with an error, did each session have in each version and slice? Input of the error ratio, clustered by session.
-- In: since, app (null: all), versions (null: all), with_synthetic, slice_by, every_s (facts.slice_of). Grain: app, version of the view, slice, session.
-- Caution: the version is the view's; a session that crossed stands in both. `weighted_…` count each view by its weight; harmless errors are apart.
WITH broken AS (
    SELECT app, page_view_id, sum(count) FILTER (NOT is_harmless)::BIGINT AS errors, sum(count) FILTER (is_harmless)::BIGINT AS harmless
    FROM errors_since($since::TIMESTAMP) GROUP BY app, page_view_id)
SELECT v.app, coalesce(v.service_version, '(none)') AS service_version,
       facts.slice_of($slice_by, $every_s::BIGINT, v.received_at, v.route, v.device_type, v.browser_name, v.geo_country_iso_code,
                      v.effective_connection_type) AS slice,
       (hash(coalesce(v.session_id, v.page_view_id)) >> 1)::BIGINT AS session_number, count(*)::BIGINT AS page_views, sum(v.weight) AS weighted_page_views,
       coalesce(sum(v.weight) FILTER (b.errors > 0), 0) AS weighted_page_views_with_error, coalesce(sum(v.weight * b.errors), 0) AS weighted_errors,
       coalesce(sum(v.weight * b.harmless), 0) AS weighted_harmless_errors, max(v.weight) AS weight
FROM page_views_since($since::TIMESTAMP) AS v
LEFT JOIN broken AS b ON b.app = v.app AND b.page_view_id = v.page_view_id
WHERE ($app::VARCHAR IS NULL OR v.app = $app)
  AND ($versions::VARCHAR[] IS NULL OR coalesce(v.service_version, '(none)') IN (SELECT unnest($versions::VARCHAR[])))
  AND ($with_synthetic OR v.user_agent_synthetic_type IS NULL)
GROUP BY ALL
