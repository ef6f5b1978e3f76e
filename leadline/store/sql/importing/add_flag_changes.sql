-- In: temp table incoming_flag_changes. Grain: change_id. Caution: what came by the change feed stands above (change_position -1), so an import never replaces it.
INSERT INTO facts.flag_changes BY NAME
WITH fresh AS (
    SELECT i.* FROM incoming_flag_changes AS i
    ANTI JOIN facts.flag_changes AS f ON f.change_id IS NOT DISTINCT FROM i.change_id
    QUALIFY row_number() OVER (PARTITION BY i.change_id ORDER BY i.place) = 1)
SELECT -1 AS change_position, change_id, occurred_at AS changed_at, app, deployment_environment_name AS environment, flag, action, variant, reach, changed_by,
       reason
FROM fresh
