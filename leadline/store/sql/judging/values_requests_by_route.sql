-- What was the median duration of each judged session's requests to each route, of those that were known in time? In: pattern, within_ms, enters_ms (of the horizon's end, at least a minute), first_start_ms, first_minute, last_minute.
-- Grain: session, route of the request (as `segment`).
SELECT (s.started_ms + $enters_ms) // 60000 AS minute, coalesce(r.route, '(none)') AS segment, s.arm, median(r.duration_ms) AS value
FROM judged_segments AS s JOIN judged_requests AS r ON r.number = s.number
WHERE r.route GLOB $pattern AND r.received_ms <= s.started_ms + $within_ms AND (r.superseded_ms IS NULL OR r.superseded_ms > s.started_ms + $within_ms)
  AND s.started_ms >= $first_start_ms AND (s.started_ms + $enters_ms) // 60000 BETWEEN $first_minute AND $last_minute
  AND (s.marked_ms IS NULL OR s.marked_ms > s.started_ms + $enters_ms)
GROUP BY s.number, minute, 2, s.arm
