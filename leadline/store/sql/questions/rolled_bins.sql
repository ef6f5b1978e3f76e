-- How are the vitals of each version distributed, by session group? In: since (a full hour), first_day, days_before, app, versions, with_synthetic.
-- Grain: version, vital, group, 2 % log-bin (rollups.bin_of). Caution: negative sums can't be: a difference takes away only what stands.
WITH asked AS (
    SELECT arm, app, service_version FROM rollups.arms
    WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)
      AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[])))),
wanted AS (SELECT measure, metric FROM rollups.measures WHERE metric IN ('lcp_ms', 'inp_ms', 'cls', 'fcp_ms', 'ttfb_ms')),
cells AS (
    SELECT arm, measure, session_group, bin, sum(n)::BIGINT AS n, sum(weight)::BIGINT AS weight, sum(weight_squared)::BIGINT AS weight_squared
    FROM (SELECT arm, measure, session_group, bin, n, weight, weight_squared FROM rollups.days
          WHERE starts_at >= $first_day::TIMESTAMP AND starts_at < $days_before::TIMESTAMP
          UNION ALL
          SELECT arm, measure, session_group, bin, n, weight, weight_squared FROM rollups.hours
          WHERE starts_at >= $since::TIMESTAMP AND (starts_at < $first_day::TIMESTAMP OR starts_at >= $days_before::TIMESTAMP))
    WHERE bin IS NOT NULL
    GROUP BY arm, measure, session_group, bin)
SELECT a.app, a.service_version, '' AS slice, w.metric, c.session_group, c.bin, sum(c.n)::BIGINT AS n, sum(c.weight)::DOUBLE / 1e6 AS weight,
       sum(c.weight_squared)::DOUBLE / 1e3 AS squared_weight
FROM cells AS c JOIN asked AS a ON a.arm = c.arm JOIN wanted AS w ON w.measure = c.measure
GROUP BY ALL
HAVING sum(c.n) <> 0
