-- How many sessions began? In: first_start_ms. Reads judged_sessions of all users (is_split). Grain: one row.
SELECT count(*)::BIGINT AS sessions, min(started_ms) AS first_ms, max(started_ms) AS last_ms FROM judged_sessions
WHERE started_ms >= $first_start_ms
