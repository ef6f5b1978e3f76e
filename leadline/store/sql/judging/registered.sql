-- Which versions does the canary serve, and are they registered? In: app, first_start_ms. Grain: version, the most sessions first.
SELECT s.service_version, count(*)::BIGINT AS sessions, bool_or(r.service_version IS NOT NULL) AS is_registered
FROM judged_sessions AS s LEFT JOIN registered_versions AS r ON r.app = $app AND r.service_version = s.service_version
WHERE s.arm = 0 AND s.started_ms >= $first_start_ms
GROUP BY ALL ORDER BY sessions DESC, s.service_version
