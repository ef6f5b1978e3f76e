-- Which segments are there, in the order in which they appeared? In: first_start_ms, first_minute, last_minute. Grain: segment.
-- Caution: the order decides which keep a stratum of their own; it looks at when they were known (a minute after a session's start), and at how many in that minute,
-- never at how they fared.
WITH seen AS (
    SELECT segment, (started_ms + 60000) // 60000 AS minute FROM judged_segments
    WHERE started_ms >= $first_start_ms AND (started_ms + 60000) // 60000 BETWEEN $first_minute AND $last_minute AND (marked_ms IS NULL OR marked_ms > started_ms + 60000)),
firsts AS (SELECT segment, min(minute) AS minute FROM seen GROUP BY segment)
SELECT f.segment, f.minute, count(*) AS sessions
FROM firsts AS f JOIN seen AS s ON s.segment = f.segment AND s.minute = f.minute
GROUP BY ALL ORDER BY f.minute, sessions DESC, f.segment
