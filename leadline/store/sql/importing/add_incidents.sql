-- In: temp table incoming_incidents. Grain: incident_id. Caution: what came by the change feed stands above (change_position -1), so an import never replaces it.
INSERT INTO facts.incidents BY NAME
WITH fresh AS (
    SELECT i.* FROM incoming_incidents AS i
    ANTI JOIN facts.incidents AS f ON f.incident_id IS NOT DISTINCT FROM i.incident_id
    QUALIFY row_number() OVER (PARTITION BY i.incident_id ORDER BY i.place) = 1)
SELECT -1 AS change_position, incident_id, app, deployment_environment_name AS environment, coalesce(subject_kind, monitor) AS monitor,
       coalesce(subject, name) AS name, title, state, severity, occurred_at AS since, opened_at, acknowledged_at, acknowledged_by, resolved_at,
       service_version, failing, kind
FROM fresh
