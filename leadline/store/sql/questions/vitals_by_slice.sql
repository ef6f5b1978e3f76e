-- What did each version's page views feel like? One row per page view with vitals, to be summarised by leadline.analysis.
-- In: since, app (null: all), versions (null: all), with_synthetic, slice_by, every_s (facts.slice_of). Grain: page view.
-- Caution: rows, not figures; bound `since`. `session_number` tells sessions apart within this answer, at an eighth of the cost of their names.
SELECT app, coalesce(service_version, '(none)') AS service_version,
       facts.slice_of($slice_by, $every_s::BIGINT, received_at, route, device_type, browser_name, geo_country_iso_code, effective_connection_type) AS slice,
       (hash(coalesce(session_id, page_view_id)) >> 1)::BIGINT AS session_number, weight, lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms
FROM vitals_since($since::TIMESTAMP)
WHERE ($app::VARCHAR IS NULL OR app = $app)
  AND ($versions::VARCHAR[] IS NULL OR coalesce(service_version, '(none)') IN (SELECT unnest($versions::VARCHAR[])))
  AND ($with_synthetic OR user_agent_synthetic_type IS NULL)
