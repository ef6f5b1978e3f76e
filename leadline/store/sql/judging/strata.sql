-- Which segments are there, in the order in which they appeared? In: first_start_ms, last_minute. Grain: segment.
-- Caution: the order decides which keep a stratum of their own; it looks at when, and at how many in that minute, never at how they fared.
WITH seen AS (SELECT segment, started_ms // 60000 AS minute FROM judged_segments WHERE started_ms >= $first_start_ms AND started_ms // 60000 <= $last_minute),
firsts AS (SELECT segment, min(minute) AS minute FROM seen GROUP BY segment)
SELECT f.segment, f.minute, count(*) AS sessions
FROM firsts AS f JOIN seen AS s ON s.segment = f.segment AND s.minute = f.minute
GROUP BY ALL ORDER BY f.minute, sessions DESC, f.segment
