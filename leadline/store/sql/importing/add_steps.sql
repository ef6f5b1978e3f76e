-- In: temp table incoming_steps. Grain: run_id, ordinal. Caution: what came by the change feed stands above (change_position -1), so an import never replaces it.
INSERT INTO facts.steps BY NAME
WITH fresh AS (
    SELECT i.* FROM incoming_steps AS i
    ANTI JOIN facts.steps AS f ON f.run_id IS NOT DISTINCT FROM i.run_id AND f.ordinal IS NOT DISTINCT FROM i.ordinal
    QUALIFY row_number() OVER (PARTITION BY i.run_id, i.ordinal ORDER BY i.place) = 1)
SELECT -1 AS change_position, run_id, ordinal, step, status, occurred_at AS started_at, duration_ms, budget_ms, service_version, error_message
FROM fresh
