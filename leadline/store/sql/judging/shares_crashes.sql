-- How many judged sessions crashed in time? In: within_ms, enters_ms (of the horizon's end, at least a minute), first_start_ms, first_minute, last_minute.
-- Grain: minute, segment. A session counts once, in the minute in which its horizon ends, with what was known then.
WITH hit AS (
    SELECT DISTINCT e.session FROM judged_crashes AS e JOIN judged_segments AS s ON s.session = e.session
    WHERE e.received_ms <= s.started_ms + $within_ms)
SELECT (s.started_ms + $enters_ms) // 60000 AS minute, s.segment, count(*) FILTER (s.arm = 0)::DOUBLE AS na, count(*) FILTER (s.arm = 1)::DOUBLE AS nb,
       count(*) FILTER (s.arm = 0 AND h.session IS NOT NULL)::DOUBLE AS ka, count(*) FILTER (s.arm = 1 AND h.session IS NOT NULL)::DOUBLE AS kb
FROM judged_segments AS s LEFT JOIN hit AS h ON h.session = s.session
WHERE s.started_ms >= $first_start_ms AND (s.started_ms + $enters_ms) // 60000 BETWEEN $first_minute AND $last_minute
  AND (s.marked_ms IS NULL OR s.marked_ms > s.started_ms + $enters_ms)
GROUP BY ALL
