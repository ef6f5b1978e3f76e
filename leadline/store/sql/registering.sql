-- Which versions do deployments and probes name that were loaded with some change positions (in: after, upto)? Rows for facts.registrations.
-- Grain: app, version. Caution: only what is new of a version: its name, an earlier time, or that it was deployed. Imported rows have position -1.
INSERT INTO facts.registrations BY NAME
WITH named AS (
    SELECT app, service_version, deployed_at AS registered_at, true AS is_deployed FROM facts.deployments
    WHERE change_position > $after AND change_position <= $upto
    UNION ALL
    SELECT app, service_version, started_at, false FROM facts.runs
    WHERE change_position > $after AND change_position <= $upto AND source = 'probe'
    UNION ALL
    SELECT r.app, s.service_version, s.started_at, false
    FROM facts.steps AS s JOIN facts.runs AS r ON r.run_id = s.run_id AND r.change_position = s.change_position
    WHERE s.change_position > $after AND s.change_position <= $upto AND r.change_position > $after AND r.change_position <= $upto
      AND s.service_version IS NOT NULL AND r.source = 'probe'),
found AS (
    SELECT app, service_version, min(registered_at) AS registered_at, bool_or(is_deployed) AS is_deployed
    FROM named WHERE app IS NOT NULL AND service_version <> '' GROUP BY app, service_version)
SELECT f.* FROM found AS f LEFT JOIN registered_versions AS k ON k.app = f.app AND k.service_version = f.service_version
WHERE k.app IS NULL OR f.registered_at < k.registered_at OR (f.is_deployed AND NOT k.is_deployed)
