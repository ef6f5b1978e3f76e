-- How many sessions does each version have? In: since (a full hour), first_day, days_before, app, versions, with_synthetic. Grain: app, version.
-- Caution: a session counts in the version of its first view, once: a cell whose session counted earlier since `since` is left out.
SELECT a.app, a.service_version, sum(c.n)::BIGINT AS n, sum(c.weight)::DOUBLE / 1e6 AS weight, sum(c.weight_squared)::DOUBLE / 1e3 AS squared_weight
FROM (SELECT arm, measure, n, weight, weight_squared FROM rollups.days
      WHERE starts_at >= $first_day::TIMESTAMP AND starts_at < $days_before::TIMESTAMP AND (previous IS NULL OR previous < $since::TIMESTAMP)
      UNION ALL
      SELECT arm, measure, n, weight, weight_squared FROM rollups.hours
      WHERE starts_at >= $since::TIMESTAMP AND (starts_at < $first_day::TIMESTAMP OR starts_at >= $days_before::TIMESTAMP)
        AND (previous IS NULL OR previous < $since::TIMESTAMP)) AS c
JOIN (SELECT arm, app, service_version FROM rollups.arms
      WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)
        AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[])))) AS a ON a.arm = c.arm
WHERE c.measure IN (SELECT measure FROM rollups.measures WHERE metric = 'sessions')
GROUP BY a.app, a.service_version
HAVING sum(c.n) <> 0
