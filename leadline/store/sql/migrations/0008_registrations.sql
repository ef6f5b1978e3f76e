-- Versions that deployments and probes named. They are now written when they are named, so that no query has to scan all runs for them.
INSERT INTO facts.registrations BY NAME
SELECT app, service_version, min(registered_at) AS registered_at, bool_or(is_deployed) AS is_deployed
FROM (SELECT app, service_version, deployed_at AS registered_at, true AS is_deployed FROM facts.deployments
      UNION ALL
      SELECT app, service_version, started_at, false FROM facts.runs WHERE source = 'probe'
      UNION ALL
      SELECT r.app, s.service_version, s.started_at, false
      FROM facts.steps AS s JOIN facts.runs AS r ON r.run_id = s.run_id AND r.change_position = s.change_position
      WHERE r.source = 'probe')
WHERE app IS NOT NULL AND service_version <> '' AND NOT EXISTS (FROM facts.registrations)
GROUP BY app, service_version;
