-- Are the networks of the judged sessions known? In: first_start_ms. Grain: one row.
SELECT (SELECT count(*) FROM judged_networks)::BIGINT AS known, count(*)::BIGINT AS sessions FROM judged_sessions WHERE started_ms >= $first_start_ms
