-- In: temp table incoming_deployments. Grain: deployment_id. Caution: what came by the change feed stands above (change_position -1), so an import never replaces it.
INSERT INTO facts.deployments BY NAME
WITH fresh AS (
    SELECT i.* FROM incoming_deployments AS i
    ANTI JOIN facts.deployments AS f ON f.deployment_id IS NOT DISTINCT FROM i.deployment_id
    QUALIFY row_number() OVER (PARTITION BY i.deployment_id ORDER BY i.place) = 1)
SELECT -1 AS change_position, deployment_id, app, deployment_environment_name AS environment, service_version, cohort, commit_sha, occurred_at AS deployed_at,
       marked_by, committed_at
FROM fresh
