-- How many judged sessions had an error in time? In: within_ms, first_start_ms, first_minute, last_minute (of the horizon's end).
-- Grain: minute, segment. A session counts once, in the minute in which its horizon ends.
SELECT (s.started_ms + $within_ms) // 60000 AS minute, s.segment, count(*) FILTER (s.arm = 0)::DOUBLE AS na, count(*) FILTER (s.arm = 1)::DOUBLE AS nb,
       count(*) FILTER (s.arm = 0 AND h.received_ms <= s.started_ms + $within_ms)::DOUBLE AS ka,
       count(*) FILTER (s.arm = 1 AND h.received_ms <= s.started_ms + $within_ms)::DOUBLE AS kb
FROM judged_segments AS s LEFT JOIN judged_errors AS h ON h.session = s.session
WHERE s.started_ms >= $first_start_ms AND (s.started_ms + $within_ms) // 60000 BETWEEN $first_minute AND $last_minute
GROUP BY ALL
