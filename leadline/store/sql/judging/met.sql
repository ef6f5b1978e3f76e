-- What is each judged session like, and in which segment is it compared? In: dimensions; judged_sessions. Grain: session, in the order of their numbers.
SELECT started_ms, marked_ms, arm, arrived_arm, arrived_browser, network IS NOT NULL AS has_network, service_version,
       concat_ws(chr(31),
                 CASE WHEN list_contains($dimensions::VARCHAR[], 'device_type') THEN device_type END,
                 CASE WHEN list_contains($dimensions::VARCHAR[], 'browser_name') THEN browser_name END,
                 CASE WHEN list_contains($dimensions::VARCHAR[], 'geo_country_iso_code') THEN geo_country_iso_code END,
                 CASE WHEN list_contains($dimensions::VARCHAR[], 'effective_connection_type') THEN effective_connection_type END,
                 CASE WHEN list_contains($dimensions::VARCHAR[], 'route') THEN route END) AS segment
FROM judged_sessions ORDER BY number
