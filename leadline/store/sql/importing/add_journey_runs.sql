-- In: temp table incoming_journey_runs. Grain: run_id. Caution: what came by the change feed stands above (change_position -1), so an import never replaces it.
INSERT INTO facts.runs BY NAME
WITH fresh AS (
    SELECT i.* FROM incoming_journey_runs AS i
    ANTI JOIN facts.runs AS f ON f.run_id IS NOT DISTINCT FROM i.run_id
    QUALIFY row_number() OVER (PARTITION BY i.run_id ORDER BY i.place) = 1)
SELECT -1 AS change_position, run_id, 'journey' AS monitor, journey AS name, app, deployment_environment_name AS environment, location, cohort, source, status,
       cause, scheduled_at, occurred_at AS started_at, received_at AS finished_at, duration_ms, error_message, failed_step, service_version, trace_id,
       confirms_run_id, findings
FROM fresh
