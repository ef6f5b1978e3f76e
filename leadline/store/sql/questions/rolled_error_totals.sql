-- Of how many views and sessions is an error's share, as rollups count them? In: since (a full hour), first_day, days_before, app (null: all),
-- with_synthetic. Grain: app, version. Caution: becomes the temp table viewed; a session counts in the version of its first view alone.
SELECT a.app, a.service_version, coalesce(sum(c.weight) FILTER (m.metric = 'page_views'), 0)::DOUBLE / 1e6 AS views,
       coalesce(sum(c.weight) FILTER (m.metric = 'sessions'), 0)::DOUBLE / 1e6 AS sessions
FROM (SELECT arm, measure, weight FROM rollups.days
      WHERE starts_at >= $first_day::TIMESTAMP AND starts_at < $days_before::TIMESTAMP AND (previous IS NULL OR previous < $since::TIMESTAMP)
      UNION ALL
      SELECT arm, measure, weight FROM rollups.hours
      WHERE starts_at >= $since::TIMESTAMP AND (starts_at < $first_day::TIMESTAMP OR starts_at >= $days_before::TIMESTAMP)
        AND (previous IS NULL OR previous < $since::TIMESTAMP)) AS c
JOIN (SELECT arm, app, service_version FROM rollups.arms
      WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)) AS a ON a.arm = c.arm
JOIN (SELECT measure, metric FROM rollups.measures WHERE metric IN ('page_views', 'sessions')) AS m ON m.measure = c.measure
GROUP BY a.app, a.service_version
