-- How long did each request of a page take, and did it fail? Rows, to be summarised by leadline.analysis.
-- In: since, app (null: all), versions (null: all), with_synthetic, slice_by, every_s (facts.slice_of).
-- Grain: app, version of the view, slice (method and route, the unit separator, the slice asked for), entry.
-- Caution: an entry stands for `n` equal requests; failed is a network error (0) or a status from 500 on; a duration may be unknown.
SELECT app, coalesce(service_version, '(none)') AS service_version, coalesce(method, '(none)') || ' ' || coalesce(route, '(none)') || chr(31)
       || facts.slice_of($slice_by, $every_s::BIGINT, received_at, page_route, device_type, browser_name, geo_country_iso_code, effective_connection_type) AS slice,
       (hash(coalesce(session_id, page_view_id)) >> 1)::BIGINT AS session_number, weight, rollups.capped(count)::BIGINT AS n,
       coalesce(status_code = 0 OR status_code >= 500, false) AS is_failed, duration_ms::DOUBLE AS duration_ms
FROM requests_since($since::TIMESTAMP)
WHERE ($app::VARCHAR IS NULL OR app = $app)
  AND ($versions::VARCHAR[] IS NULL OR coalesce(service_version, '(none)') IN (SELECT unnest($versions::VARCHAR[])))
  AND ($with_synthetic OR user_agent_synthetic_type IS NULL)
