-- What do the rollups count of each version by one dimension? Page views, errors, sessions, KPIs.
-- In: as vitals_by_dimension. Grain: version, slice (value of the dimension), metric.
-- Caution: sessions and KPIs stand at the value of the session's first view; a cell whose session counted earlier since `since` is left out.
SELECT a.app, a.service_version, f.value AS slice, m.metric, m.name, 0::TINYINT AS session_group, sum(c.n)::BIGINT AS n,
       sum(c.weight)::DOUBLE / 1e6 AS weight, sum(c.weight_squared)::DOUBLE / 1e3 AS squared_weight, sum(c.value)::DOUBLE AS value
FROM (SELECT starts_at, facet, arm, measure, bin, previous, n, weight, weight_squared, value FROM rollups.dimension_days
      WHERE starts_at >= $first_day::TIMESTAMP AND starts_at < $days_before::TIMESTAMP
      UNION ALL
      SELECT starts_at, facet, arm, measure, bin, previous, n, weight, weight_squared, value FROM rollups.dimension_hours
      WHERE starts_at >= $since::TIMESTAMP AND (starts_at < $first_day::TIMESTAMP OR starts_at >= $days_before::TIMESTAMP)) AS c
JOIN (SELECT facet, value FROM rollups.facets WHERE dimension = $dimension) AS f ON f.facet = c.facet
JOIN (SELECT arm, app, service_version FROM rollups.arms
      WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)
        AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[])))) AS a ON a.arm = c.arm
JOIN (SELECT measure, metric, name FROM rollups.measures WHERE metric NOT IN ('requests', 'request_ms', 'requests_failed')) AS m ON m.measure = c.measure
WHERE c.bin IS NULL AND (c.previous IS NULL OR c.previous < $since::TIMESTAMP)
GROUP BY ALL
HAVING sum(c.n) <> 0
