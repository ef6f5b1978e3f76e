-- How many sessions began in each minute, by browser and arm? In: first_minute, last_minute. Grain: minute, browser.
SELECT started_ms // 60000 AS minute, browser_name, count(*) FILTER (arm = 0)::DOUBLE AS na, count(*) FILTER (arm = 1)::DOUBLE AS nb
FROM judged_sessions
WHERE started_ms // 60000 BETWEEN $first_minute AND $last_minute
GROUP BY ALL ORDER BY ALL
