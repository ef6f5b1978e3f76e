-- What do the rollups say of the requests of pages? Counts and bins of durations by route, and each version's sessions (slice '').
-- In: since (a full hour), first_day, days_before, app, versions, with_synthetic, most (routes). Grain: version, slice (route), metric, group, bin.
-- Caution: methods are summed; a cell whose session counted earlier since `since` is left out: it would count twice.
WITH asked AS (
    SELECT arm, app, service_version FROM rollups.arms
    WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)
      AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[])))),
cells AS (
    SELECT a.app, a.service_version, m.metric, m.name, c.session_group, c.bin, c.n, c.weight, c.weight_squared
    FROM (SELECT arm, measure, session_group, bin, n, weight, weight_squared FROM rollups.days
          WHERE starts_at >= $first_day::TIMESTAMP AND starts_at < $days_before::TIMESTAMP AND (previous IS NULL OR previous < $since::TIMESTAMP)
          UNION ALL
          SELECT arm, measure, session_group, bin, n, weight, weight_squared FROM rollups.hours
          WHERE starts_at >= $since::TIMESTAMP AND (starts_at < $first_day::TIMESTAMP OR starts_at >= $days_before::TIMESTAMP)
            AND (previous IS NULL OR previous < $since::TIMESTAMP)) AS c
    JOIN asked AS a ON a.arm = c.arm
    JOIN (SELECT measure, metric, name FROM rollups.measures WHERE metric IN ('requests', 'request_ms', 'requests_failed', 'sessions')) AS m
         ON m.measure = c.measure),
busiest AS (
    SELECT app, name FROM cells WHERE metric = 'requests' GROUP BY app, name
    ORDER BY sum(weight) DESC, app, name LIMIT $most)
SELECT c.app, c.service_version, coalesce(c.name, '') AS slice, c.metric, c.session_group, c.bin, sum(c.n)::BIGINT AS n,
       sum(c.weight)::DOUBLE / 1e6 AS weight, sum(c.weight_squared)::DOUBLE / 1e3 AS squared_weight
FROM cells AS c LEFT JOIN busiest AS b ON b.app = c.app AND b.name = c.name
WHERE c.metric = 'sessions' OR b.name IS NOT NULL
GROUP BY ALL
HAVING sum(c.n) <> 0
