-- What did hooks do to production, and what would they have done? Grain: one row per action.
-- Caution: `executed` is the target's word alone; `verified` means that users were seen to get the old version or variant.
CREATE OR REPLACE VIEW actions AS
SELECT requested_at AS occurred_at, app, environment AS deployment_environment_name, service_version, baseline_version, action_id, hook, incident_id,
       state, requested_at, executed_at, verified_at, kind, cause, verdict_id, requested_by, attempts, reason, detail, evidence, error, recovered_at,
       recovery
FROM facts.actions QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY change_position DESC) = 1;
