-- What do the rollups say of each version by one dimension? In: since (a full hour; within days that are folded, a full day), dimension, app, versions,
-- with_synthetic, metrics (null: all). Grain: version, slice (value of the dimension), metric, bin.
-- Caution: without session groups, so an interval needs a design effect. Sessions and KPIs stand at the value of the session's first view.
SELECT a.app, a.service_version, f.value AS slice, m.metric, m.name, 0::TINYINT AS session_group, c.bin, sum(c.n)::BIGINT AS n,
       sum(c.weight)::DOUBLE / 1e6 AS weight, sum(c.weight_squared)::DOUBLE / 1e3 AS squared_weight, sum(c.value)::DOUBLE AS value
FROM (SELECT facet, arm, measure, bin, sum(n)::BIGINT AS n, sum(weight)::BIGINT AS weight, sum(weight_squared)::BIGINT AS weight_squared, sum(value) AS value
      FROM (SELECT * FROM rollups.dimension_hours UNION ALL SELECT * FROM rollups.dimension_days)
      WHERE starts_at >= $since::TIMESTAMP AND (previous IS NULL OR previous < $since::TIMESTAMP)
        AND facet IN (SELECT facet FROM rollups.facets WHERE dimension = $dimension)
      GROUP BY facet, arm, measure, bin) AS c
JOIN rollups.facets AS f ON f.facet = c.facet
JOIN (SELECT arm, app, service_version FROM rollups.arms
      WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)
        AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[])))) AS a ON a.arm = c.arm
JOIN (SELECT measure, metric, name FROM rollups.measures WHERE $metrics::VARCHAR[] IS NULL OR metric IN (SELECT unnest($metrics::VARCHAR[]))) AS m
     ON m.measure = c.measure
GROUP BY ALL
HAVING sum(c.n) <> 0
