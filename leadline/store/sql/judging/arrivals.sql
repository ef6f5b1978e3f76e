-- How many sessions arrived in each minute, by browser and arm, as their first beacons say? In: first_minute, last_minute. Grain: minute, browser.
SELECT started_ms // 60000 AS minute, arrived_browser AS browser_name, count(*) FILTER (arrived_arm = 0)::DOUBLE AS na, count(*) FILTER (arrived_arm = 1)::DOUBLE AS nb
FROM judged_sessions
WHERE started_ms // 60000 BETWEEN $first_minute AND $last_minute AND arrived_arm IS NOT NULL AND (marked_ms IS NULL OR marked_ms > started_ms)
GROUP BY ALL ORDER BY ALL
