-- In: temp table incoming_journey_kpis. Grain: run_id, step, name. Caution: what came by the change feed stands above (change_position -1), so an import never replaces it.
INSERT INTO facts.run_kpis BY NAME
WITH fresh AS (
    SELECT i.* FROM incoming_journey_kpis AS i
    ANTI JOIN facts.run_kpis AS f ON f.run_id IS NOT DISTINCT FROM i.run_id AND f.step IS NOT DISTINCT FROM i.step AND f.name IS NOT DISTINCT FROM i.name
    QUALIFY row_number() OVER (PARTITION BY i.run_id, i.step, i.name ORDER BY i.place) = 1)
SELECT -1 AS change_position, run_id, (row_number() OVER (PARTITION BY run_id ORDER BY place) - 1)::INTEGER AS ordinal, name, value, step, service_version,
       is_within_bounds
FROM fresh
