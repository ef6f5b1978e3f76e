-- What do the rollups say of the requests of pages? Counts and bins of durations by method and route, and each version's sessions (slice ' ').
-- In: since (a full hour), first_day, days_before, app, versions, with_synthetic, most (routes). Grain: version, slice (method and route), metric, group, bin.
-- Caution: sums of before methods were told apart have none; a cell whose session counted earlier since `since` is left out: it would count twice.
WITH asked AS (
    SELECT arm, app, service_version FROM rollups.arms
    WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)
      AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[])))),
cells AS (
    SELECT a.app, a.service_version, m.metric, m.slice, c.session_group, c.bin, c.n, c.weight, c.weight_squared
    FROM (SELECT arm, measure, session_group, bin, n, weight, weight_squared FROM rollups.days
          WHERE starts_at >= $first_day::TIMESTAMP AND starts_at < $days_before::TIMESTAMP AND (previous IS NULL OR previous < $since::TIMESTAMP)
          UNION ALL
          SELECT arm, measure, session_group, bin, n, weight, weight_squared FROM rollups.hours
          WHERE starts_at >= $since::TIMESTAMP AND (starts_at < $first_day::TIMESTAMP OR starts_at >= $days_before::TIMESTAMP)
            AND (previous IS NULL OR previous < $since::TIMESTAMP)) AS c
    JOIN asked AS a ON a.arm = c.arm
    JOIN (SELECT measure, metric, coalesce(method, '') || ' ' || coalesce(name, '') AS slice FROM rollups.measures
          WHERE metric IN ('requests', 'request_ms', 'requests_failed', 'sessions')) AS m ON m.measure = c.measure),
busiest AS (
    SELECT app, slice FROM cells WHERE metric = 'requests' GROUP BY app, slice
    ORDER BY sum(weight) DESC, app, slice LIMIT $most)
SELECT c.app, c.service_version, c.slice, c.metric, c.session_group, c.bin, sum(c.n)::BIGINT AS n,
       sum(c.weight)::DOUBLE / 1e6 AS weight, sum(c.weight_squared)::DOUBLE / 1e3 AS squared_weight
FROM cells AS c LEFT JOIN busiest AS b ON b.app = c.app AND b.slice = c.slice
WHERE c.metric = 'sessions' OR b.slice IS NOT NULL
GROUP BY ALL
HAVING sum(c.n) <> 0
