-- In: temp table incoming_checks. Grain: run_id. Caution: what came by the change feed stands above (change_position -1), so an import never replaces it.
INSERT INTO facts.runs BY NAME
WITH fresh AS (
    SELECT i.* FROM incoming_checks AS i
    ANTI JOIN facts.runs AS f ON f.run_id IS NOT DISTINCT FROM i.run_id
    QUALIFY row_number() OVER (PARTITION BY i.run_id ORDER BY i.place) = 1)
SELECT -1 AS change_position, run_id, 'check' AS monitor, name, app, deployment_environment_name AS environment, location, cohort, source, status, cause,
       scheduled_at, occurred_at AS started_at, received_at AS finished_at, duration_ms, error_message, service_version, status_code, trace_id,
       confirms_run_id, dns_ms, connect_ms, tls_ms, first_byte_ms, findings
FROM fresh
