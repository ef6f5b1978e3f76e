-- How many judged sessions that made requests to a route had one fail there in time? In: pattern (of routes), within_ms, enters_ms (of the horizon's end, at least a minute), first_start_ms, first_minute, last_minute.
-- Grain: minute, route of the request (as `segment`). Caution: a session counts in each route that it asked, so routes don't add up to all sessions.
WITH made AS (
    SELECT s.number, coalesce(r.route, '(none)') AS route, bool_or(r.is_failed) AS is_failed
    FROM judged_segments AS s JOIN judged_requests AS r ON r.number = s.number
    WHERE r.route GLOB $pattern AND r.received_ms <= s.started_ms + $within_ms AND (r.superseded_ms IS NULL OR r.superseded_ms > s.started_ms + $within_ms)
    GROUP BY ALL)
SELECT (s.started_ms + $enters_ms) // 60000 AS minute, m.route AS segment, count(*) FILTER (s.arm = 0)::DOUBLE AS na, count(*) FILTER (s.arm = 1)::DOUBLE AS nb,
       count(*) FILTER (s.arm = 0 AND m.is_failed)::DOUBLE AS ka, count(*) FILTER (s.arm = 1 AND m.is_failed)::DOUBLE AS kb
FROM judged_segments AS s JOIN made AS m ON m.number = s.number
WHERE s.started_ms >= $first_start_ms AND (s.started_ms + $enters_ms) // 60000 BETWEEN $first_minute AND $last_minute
  AND (s.marked_ms IS NULL OR s.marked_ms > s.started_ms + $enters_ms)
GROUP BY ALL
