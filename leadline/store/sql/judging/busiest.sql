-- Which sessions come from the busiest 1 % of each day's networks (at least one network a day)? In: first_start_ms, last_minute. Grain: session, by its number.
WITH judged_networks AS (
    SELECT number, network, started_ms // 86400000 AS day FROM judged_sessions
    WHERE arm IS NOT NULL AND network IS NOT NULL AND started_ms >= $first_start_ms AND (started_ms + 60000) // 60000 <= $last_minute),
counted AS (SELECT day, network, count(*) AS sessions FROM judged_networks GROUP BY ALL),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY day ORDER BY sessions DESC, network) AS place, count(*) OVER (PARTITION BY day) AS networks FROM counted)
SELECT n.number FROM judged_networks AS n JOIN ranked AS r ON r.day = n.day AND r.network = n.network
WHERE r.place <= ceil(r.networks * 0.01)
-- Caution: the hash of a network changes daily; it is null for imported rows.
