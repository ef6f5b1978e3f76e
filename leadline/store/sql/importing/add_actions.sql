-- In: temp table incoming_actions. Grain: action_id. Caution: what came by the change feed stands above (change_position -1), so an import never replaces it.
INSERT INTO facts.actions BY NAME
WITH fresh AS (
    SELECT i.* FROM incoming_actions AS i
    ANTI JOIN facts.actions AS f ON f.action_id IS NOT DISTINCT FROM i.action_id
    QUALIFY row_number() OVER (PARTITION BY i.action_id ORDER BY i.place) = 1)
SELECT -1 AS change_position, action_id, hook, kind, state, cause, app, deployment_environment_name AS environment, service_version, baseline_version,
       incident_id, verdict_id, coalesce(requested_at, occurred_at) AS requested_at, requested_by, executed_at, verified_at, attempts, reason, detail,
       evidence, error, recovered_at, recovery
FROM fresh
