-- Of how many judged sessions is the network known? In: first_start_ms, first_minute, last_minute. Grain: one row.
SELECT count(network)::BIGINT AS known, count(*)::BIGINT AS sessions FROM judged_sessions
WHERE arm IS NOT NULL AND started_ms >= $first_start_ms AND (started_ms + 60000) // 60000 BETWEEN $first_minute AND $last_minute
