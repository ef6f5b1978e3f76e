-- The judged sessions with the segment that each is compared in. In: dimensions. Grain: session. Made into the temporary table judged_segments.
CREATE OR REPLACE TEMP TABLE judged_segments AS
SELECT s.number, s.page_view_id, s.started_ms, s.marked_ms, s.arm,
       concat_ws(chr(31),
                 CASE WHEN list_contains($dimensions::VARCHAR[], 'device_type') THEN s.device_type END,
                 CASE WHEN list_contains($dimensions::VARCHAR[], 'browser_name') THEN s.browser_name END,
                 CASE WHEN list_contains($dimensions::VARCHAR[], 'geo_country_iso_code') THEN s.geo_country_iso_code END,
                 CASE WHEN list_contains($dimensions::VARCHAR[], 'effective_connection_type') THEN s.effective_connection_type END,
                 CASE WHEN list_contains($dimensions::VARCHAR[], 'route') THEN s.route END) AS segment
FROM judged_sessions AS s
WHERE s.arm IS NOT NULL
