-- What do the rollups say of the requests of pages by one dimension of the page view? As rolled_requests, without session groups.
-- In: since (a full hour; before hours of dimensions a full day), first_day, days_before, dimension, app, versions, with_synthetic, most (routes).
-- Grain: version, slice (method and route, the unit separator, value of the dimension), metric, bin. Caution: sessions stand at the value of their first view;
-- a cell whose session counted earlier since `since` is left out: it would count twice.
WITH cells AS (
    SELECT a.app, a.service_version, m.metric, m.route, f.value AS facet, c.bin, c.n, c.weight, c.weight_squared
    FROM (SELECT starts_at, facet, arm, measure, bin, previous, n, weight, weight_squared FROM rollups.dimension_days
          WHERE starts_at >= $first_day::TIMESTAMP AND starts_at < $days_before::TIMESTAMP
          UNION ALL
          SELECT starts_at, facet, arm, measure, bin, previous, n, weight, weight_squared FROM rollups.dimension_hours
          WHERE starts_at >= $since::TIMESTAMP AND (starts_at < $first_day::TIMESTAMP OR starts_at >= $days_before::TIMESTAMP)) AS c
    JOIN (SELECT facet, value FROM rollups.facets WHERE dimension = $dimension) AS f ON f.facet = c.facet
    JOIN (SELECT arm, app, service_version FROM rollups.arms
          WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)
            AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[])))) AS a ON a.arm = c.arm
    JOIN (SELECT measure, metric, coalesce(method, '') || ' ' || coalesce(name, '') AS route FROM rollups.measures
          WHERE metric IN ('requests', 'request_ms', 'requests_failed', 'sessions')) AS m ON m.measure = c.measure
    WHERE c.previous IS NULL OR c.previous < $since::TIMESTAMP),
busiest AS (
    SELECT app, route FROM cells WHERE metric = 'requests' GROUP BY app, route
    ORDER BY sum(weight) DESC, app, route LIMIT $most)
SELECT c.app, c.service_version, c.route || chr(31) || c.facet AS slice, c.metric, 0::TINYINT AS session_group, c.bin, sum(c.n)::BIGINT AS n,
       sum(c.weight)::DOUBLE / 1e6 AS weight, sum(c.weight_squared)::DOUBLE / 1e3 AS squared_weight
FROM cells AS c LEFT JOIN busiest AS b ON b.app = c.app AND b.route = c.route
WHERE c.metric = 'sessions' OR b.route IS NOT NULL
GROUP BY ALL
HAVING sum(c.n) <> 0
