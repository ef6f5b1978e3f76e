-- For how much did each judged session that had an event in time? In: name, within_ms, enters_ms (of the horizon's end, at least a minute), first_start_ms, first_minute, last_minute.
-- Grain: session. A value that is no number counts as none. Caution: added in order of size, so that the sum is the same however the rows come.
SELECT (s.started_ms + $enters_ms) // 60000 AS minute, s.segment, s.arm, sum(e.value ORDER BY e.value) FILTER (isfinite(e.value)) AS value
FROM judged_segments AS s JOIN judged_events AS e ON e.session = s.session
WHERE e.name = $name AND e.received_ms <= s.started_ms + $within_ms AND (e.superseded_ms IS NULL OR e.superseded_ms > s.started_ms + $within_ms)
  AND s.started_ms >= $first_start_ms AND (s.started_ms + $enters_ms) // 60000 BETWEEN $first_minute AND $last_minute
  AND (s.marked_ms IS NULL OR s.marked_ms > s.started_ms + $enters_ms)
GROUP BY s.session, minute, s.segment, s.arm
