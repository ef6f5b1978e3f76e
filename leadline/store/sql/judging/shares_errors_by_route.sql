-- How many judged sessions that viewed a route had an error there in time? In: within_ms, enters_ms (of the horizon's end, at least a minute), first_start_ms, first_minute, last_minute.
-- Grain: minute, route (as `segment`). Caution: a session counts in each route that it viewed within its horizon, so routes don't add up to all sessions.
WITH viewed AS (
    SELECT DISTINCT r.number, r.route FROM judged_routes AS r JOIN judged_segments AS s ON s.number = r.number
    WHERE r.received_ms <= s.started_ms + $within_ms),
hit AS (
    SELECT DISTINCT e.number, r.route
    FROM judged_errors AS e JOIN judged_segments AS s ON s.number = e.number JOIN judged_routes AS r ON r.page_view_id = e.page_view_id
    WHERE e.received_ms <= s.started_ms + $within_ms AND (e.superseded_ms IS NULL OR e.superseded_ms > s.started_ms + $within_ms))
SELECT (s.started_ms + $enters_ms) // 60000 AS minute, v.route AS segment, count(*) FILTER (s.arm = 0)::DOUBLE AS na, count(*) FILTER (s.arm = 1)::DOUBLE AS nb,
       count(*) FILTER (s.arm = 0 AND h.number IS NOT NULL)::DOUBLE AS ka, count(*) FILTER (s.arm = 1 AND h.number IS NOT NULL)::DOUBLE AS kb
FROM judged_segments AS s JOIN viewed AS v ON v.number = s.number LEFT JOIN hit AS h ON h.number = v.number AND h.route = v.route
WHERE s.started_ms >= $first_start_ms AND (s.started_ms + $enters_ms) // 60000 BETWEEN $first_minute AND $last_minute
  AND (s.marked_ms IS NULL OR s.marked_ms > s.started_ms + $enters_ms)
GROUP BY ALL
