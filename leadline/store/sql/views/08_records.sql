-- What was deployed, what is or was broken, who was told, what was decided? Grain: one row per deployment, incident, notification, verdict.
-- Caution: as of the last change that was loaded; the records answer `leadline incidents` themselves.
CREATE OR REPLACE VIEW deployments AS
SELECT deployed_at AS occurred_at, app, environment AS deployment_environment_name, service_version, cohort, deployment_id, commit_sha, marked_by,
       committed_at
FROM facts.deployments QUALIFY row_number() OVER (PARTITION BY deployment_id ORDER BY change_position DESC) = 1;

CREATE OR REPLACE VIEW incidents AS
SELECT since AS occurred_at, app, environment AS deployment_environment_name, service_version, incident_id, monitor AS subject_kind, name AS subject,
       title, state, severity, opened_at, acknowledged_at, acknowledged_by, resolved_at, coalesce(kind, 'failure') AS kind,
       CASE WHEN monitor IN ('journey', 'check') THEN monitor END AS monitor, CASE WHEN monitor IN ('journey', 'check') THEN name END AS name, failing
FROM facts.incidents QUALIFY row_number() OVER (PARTITION BY incident_id ORDER BY change_position DESC) = 1;

CREATE OR REPLACE VIEW notifications AS
SELECT created_at AS occurred_at, incident_id, transition, target, state, attempts, first_attempt_at, accepted_at, next_attempt_at,
       notification_id, last_error, is_maybe_duplicate, coalesce(level, 'first') AS level, coalesce(kind, 'target') AS kind,
       coalesce(due_at, created_at) AS due_at
FROM facts.notifications QUALIFY row_number() OVER (PARTITION BY notification_id ORDER BY change_position DESC) = 1;

CREATE OR REPLACE VIEW verdicts AS
SELECT decided_at AS occurred_at, app, environment AS deployment_environment_name, service_version, baseline_version, verdict_id, stage, verdict,
       reasons, sentence, may_act, evidence
FROM facts.verdicts QUALIFY row_number() OVER (PARTITION BY verdict_id ORDER BY change_position DESC) = 1;
