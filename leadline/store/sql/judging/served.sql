-- Which versions does the canary serve? In: first_start_ms, first_minute, last_minute. Grain: version.
SELECT service_version, count(*)::BIGINT AS sessions FROM judged_sessions
WHERE arm = 0 AND started_ms >= $first_start_ms AND (started_ms + 60000) // 60000 BETWEEN $first_minute AND $last_minute
GROUP BY ALL ORDER BY ALL
