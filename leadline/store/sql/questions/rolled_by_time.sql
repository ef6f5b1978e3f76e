-- What do the rollups count of each version over time? Page views, errors, sessions, KPIs.
-- In: since (a full span), every_s (whole hours, or by_minute whole minutes), by_minute, app, versions, with_synthetic.
-- Grain: version, slice (start of the span), metric. Caution: minutes are kept for 48 hours; a session counts in each span in which it came.
SELECT a.app, a.service_version, strftime(time_bucket(to_seconds($every_s::BIGINT), c.starts_at), '%Y-%m-%dT%H:%M:%SZ') AS slice, m.metric, m.name,
       0::TINYINT AS session_group, sum(c.n)::BIGINT AS n, sum(c.weight)::DOUBLE / 1e6 AS weight,
       sum(c.weight_squared)::DOUBLE / 1e3 AS squared_weight, sum(c.value)::DOUBLE AS value
FROM (SELECT * FROM rollups.chart_hours WHERE NOT $by_minute::BOOLEAN UNION ALL SELECT * FROM rollups.minutes WHERE $by_minute::BOOLEAN) AS c
JOIN (SELECT arm, app, service_version FROM rollups.arms
      WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)
        AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[])))) AS a ON a.arm = c.arm
JOIN (SELECT measure, metric, name FROM rollups.measures WHERE metric NOT IN ('requests', 'request_ms', 'requests_failed')) AS m ON m.measure = c.measure
WHERE c.starts_at >= $since::TIMESTAMP AND c.bin IS NULL AND (c.previous IS NULL OR c.previous < time_bucket(to_seconds($every_s::BIGINT), c.starts_at))
GROUP BY ALL
HAVING sum(c.n) <> 0
