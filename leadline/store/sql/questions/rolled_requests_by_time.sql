-- What do the rollups say of the requests of pages over time? As rolled_requests, in spans and without session groups.
-- In: since (a full span), every_s (whole hours, or by_minute whole minutes), by_minute, app, versions, with_synthetic, most (routes).
-- Grain: version, slice (method and route, the unit separator, start of the span), metric, bin. Caution: minutes are kept for 48 hours.
WITH cells AS (
    SELECT a.app, a.service_version, m.metric, m.route, c.bin, c.n, c.weight, c.weight_squared,
           strftime(time_bucket(to_seconds($every_s::BIGINT), c.starts_at), '%Y-%m-%dT%H:%M:%SZ') AS span
    FROM (SELECT * FROM rollups.chart_hours WHERE NOT $by_minute::BOOLEAN UNION ALL SELECT * FROM rollups.minutes WHERE $by_minute::BOOLEAN) AS c
    JOIN (SELECT arm, app, service_version FROM rollups.arms
          WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)
            AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[])))) AS a ON a.arm = c.arm
    JOIN (SELECT measure, metric, coalesce(method, '') || ' ' || coalesce(name, '') AS route FROM rollups.measures
          WHERE metric IN ('requests', 'request_ms', 'requests_failed', 'sessions')) AS m ON m.measure = c.measure
    WHERE c.starts_at >= $since::TIMESTAMP AND (c.previous IS NULL OR c.previous < time_bucket(to_seconds($every_s::BIGINT), c.starts_at))),
busiest AS (
    SELECT app, route FROM cells WHERE metric = 'requests' GROUP BY app, route
    ORDER BY sum(weight) DESC, app, route LIMIT $most)
SELECT c.app, c.service_version, c.route || chr(31) || c.span AS slice, c.metric, 0::TINYINT AS session_group, c.bin, sum(c.n)::BIGINT AS n,
       sum(c.weight)::DOUBLE / 1e6 AS weight, sum(c.weight_squared)::DOUBLE / 1e3 AS squared_weight
FROM cells AS c LEFT JOIN busiest AS b ON b.app = c.app AND b.route = c.route
WHERE c.metric = 'sessions' OR b.route IS NOT NULL
GROUP BY ALL
HAVING sum(c.n) <> 0
