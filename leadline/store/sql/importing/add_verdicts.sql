-- In: temp table incoming_verdicts. Grain: verdict_id. Caution: what came by the change feed stands above (change_position -1), so an import never replaces it.
INSERT INTO facts.verdicts BY NAME
WITH fresh AS (
    SELECT i.* FROM incoming_verdicts AS i
    ANTI JOIN facts.verdicts AS f ON f.verdict_id IS NOT DISTINCT FROM i.verdict_id
    QUALIFY row_number() OVER (PARTITION BY i.verdict_id ORDER BY i.place) = 1)
SELECT -1 AS change_position, verdict_id, app, deployment_environment_name AS environment, service_version, baseline_version, occurred_at AS decided_at, verdict,
       reasons, evidence, stage, sentence, may_act
FROM fresh
