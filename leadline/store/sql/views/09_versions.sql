-- Which versions did a deployment or a probe name? Others are shown, marked so, and never make the machine act.
-- Grain: one row per app and version. Caution: a version that is not here may still stand in page_views.
CREATE OR REPLACE VIEW registered_versions AS
SELECT app, service_version, min(registered_at) AS registered_at, bool_or(is_deployed) AS is_deployed
FROM (SELECT app, service_version, occurred_at AS registered_at, true AS is_deployed FROM deployments
      UNION ALL
      SELECT app, service_version, started_at, false FROM facts.newest_runs WHERE service_version IS NOT NULL AND source = 'probe'
      UNION ALL
      SELECT r.app, s.service_version, s.started_at, false
      FROM facts.steps AS s JOIN facts.newest_runs AS r ON r.run_id = s.run_id AND r.change_position = s.change_position
      WHERE s.service_version IS NOT NULL AND r.source = 'probe')
GROUP BY app, service_version;
