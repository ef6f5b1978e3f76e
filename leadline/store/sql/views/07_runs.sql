-- How did each run of a journey and of a check end? Grain: one row per run, of each step, of each KPI that a journey read.
-- Caution: only `failed` speaks against the site; `aborted` is our own fault, `skipped` did not run.
DROP VIEW IF EXISTS facts.newest_runs;
-- `..._since`: of the runs that ended since then. What a view over all runs must sort, these need not look at.
-- A run may be stated again, and ends no day earlier then.
CREATE OR REPLACE MACRO facts.newest_runs_since(since) AS TABLE
SELECT * FROM facts.runs WHERE runs.finished_at >= since - INTERVAL 1 DAY QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY change_position DESC) = 1;

CREATE OR REPLACE MACRO facts.journey_runs_since(since) AS TABLE
SELECT started_at AS occurred_at, finished_at AS received_at, app, environment AS deployment_environment_name, service_version, cohort, trace_id,
       'test' AS user_agent_synthetic_type, run_id, name AS journey, location, source, status, duration_ms, error_message, confirms_run_id, cause,
       failed_step, scheduled_at, findings
FROM facts.newest_runs_since(since) WHERE monitor = 'journey' AND finished_at >= since;
CREATE OR REPLACE VIEW journey_runs AS SELECT * FROM facts.journey_runs_since(TIMESTAMP '1971-01-01');

CREATE OR REPLACE MACRO facts.checks_since(since) AS TABLE
SELECT started_at AS occurred_at, finished_at AS received_at, app, environment AS deployment_environment_name, service_version, cohort, trace_id,
       'test' AS user_agent_synthetic_type, run_id, name, status, duration_ms, status_code, error_message, location, source, confirms_run_id, cause,
       scheduled_at, dns_ms, connect_ms, tls_ms, first_byte_ms, findings
FROM facts.newest_runs_since(since) WHERE monitor = 'check' AND finished_at >= since;
CREATE OR REPLACE VIEW checks AS SELECT * FROM facts.checks_since(TIMESTAMP '1971-01-01');

CREATE OR REPLACE MACRO facts.steps_since(since) AS TABLE
SELECT s.started_at AS occurred_at, r.finished_at AS received_at, r.app, r.environment AS deployment_environment_name, s.service_version, r.cohort,
       r.trace_id, 'test' AS user_agent_synthetic_type, s.run_id, s.step, s.status, s.duration_ms, s.budget_ms, s.error_message, s.ordinal,
       r.name AS journey
FROM facts.steps AS s JOIN facts.newest_runs_since(since) AS r ON r.run_id = s.run_id AND r.change_position = s.change_position
WHERE r.finished_at >= since;
CREATE OR REPLACE VIEW steps AS SELECT * FROM facts.steps_since(TIMESTAMP '1971-01-01');

CREATE OR REPLACE VIEW journey_kpis AS
SELECT r.started_at AS occurred_at, r.finished_at AS received_at, r.app, r.environment AS deployment_environment_name, k.service_version, r.cohort,
       k.run_id, k.step, k.name, k.value, k.is_within_bounds, r.name AS journey
FROM facts.run_kpis AS k
JOIN facts.newest_runs_since(TIMESTAMP '1971-01-01') AS r ON r.run_id = k.run_id AND r.change_position = k.change_position;
