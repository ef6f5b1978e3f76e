-- Which versions are there, seen by users or registered, since when, and how much were they viewed?
-- In: since, app (null: all), from_rollups (since is a full hour then, and views are told to the hour). Grain: app and version. Caution: real users' views only; a registered version without views has zeros. A session counts in its first view's version.
WITH viewed AS (
    SELECT app, service_version, min(received_at) AS first_viewed_at, max(last_received_at) AS last_viewed_at, round(sum(weight))::BIGINT AS page_views
    FROM page_views_since($since::TIMESTAMP)
    WHERE NOT $from_rollups::BOOLEAN AND user_agent_synthetic_type IS NULL AND service_version IS NOT NULL AND ($app::VARCHAR IS NULL OR app = $app)
    GROUP BY app, service_version
    UNION ALL
    SELECT app, service_version, min(starts_at), max(starts_at) + INTERVAL 1 HOUR, round(sum(weight) / 1e6)::BIGINT
    FROM (SELECT a.app, a.service_version, c.starts_at, sum(c.weight) AS weight
          FROM rollups.chart_hours AS c JOIN rollups.arms AS a ON a.arm = c.arm JOIN rollups.measures AS m ON m.measure = c.measure
          WHERE $from_rollups::BOOLEAN AND m.metric = 'page_views' AND a.mark = 0 AND a.service_version <> '(none)'
            AND c.starts_at >= $since::TIMESTAMP AND ($app::VARCHAR IS NULL OR a.app = $app)
          GROUP BY a.app, a.service_version, c.starts_at
          HAVING sum(c.n) > 0)
    GROUP BY app, service_version),
begun AS (
    SELECT app, service_version, round(sum(weight))::BIGINT AS sessions
    FROM sessions_since($since::TIMESTAMP)
    WHERE NOT $from_rollups::BOOLEAN AND user_agent_synthetic_type IS NULL AND ($app::VARCHAR IS NULL OR app = $app)
    GROUP BY app, service_version
    UNION ALL
    SELECT a.app, a.service_version, round(sum(c.weight) / 1e6)::BIGINT
    FROM rollups.chart_hours AS c JOIN rollups.arms AS a ON a.arm = c.arm JOIN rollups.measures AS m ON m.measure = c.measure
    WHERE $from_rollups::BOOLEAN AND m.metric = 'sessions' AND a.mark = 0 AND c.starts_at >= $since::TIMESTAMP
      AND (c.previous IS NULL OR c.previous < $since::TIMESTAMP) AND ($app::VARCHAR IS NULL OR a.app = $app)
    GROUP BY a.app, a.service_version),
deployed AS (
    SELECT app, service_version, max(occurred_at) AS deployed_at, arg_max(cohort, occurred_at) AS deployed_cohort
    FROM deployments GROUP BY app, service_version)
SELECT app, service_version, r.service_version IS NOT NULL AS is_registered, r.registered_at, d.deployed_at, d.deployed_cohort,
       v.first_viewed_at, v.last_viewed_at, coalesce(v.page_views, 0)::BIGINT AS page_views, coalesce(b.sessions, 0)::BIGINT AS sessions
FROM viewed AS v
FULL JOIN registered_versions AS r USING (app, service_version)
LEFT JOIN deployed AS d USING (app, service_version)
LEFT JOIN begun AS b USING (app, service_version)
WHERE $app::VARCHAR IS NULL OR app = $app
ORDER BY app, coalesce(d.deployed_at, v.first_viewed_at, r.registered_at) DESC, service_version
