CREATE SCHEMA IF NOT EXISTS facts;

CREATE TABLE IF NOT EXISTS facts.load_progress (file VARCHAR, upto BIGINT, loaded_at TIMESTAMP);

CREATE TABLE IF NOT EXISTS facts.beacons (
    log_file VARCHAR, log_position BIGINT, app VARCHAR, environment VARCHAR, page_view_id VARCHAR, seq INTEGER, ordering BIGINT,
    occurred_at TIMESTAMP, received_at TIMESTAMP, session_id VARCHAR, service_version VARCHAR, cohort VARCHAR, url_path VARCHAR, route VARCHAR,
    trace_id VARCHAR, synthetic VARCHAR, country VARCHAR, browser_name VARCHAR, device_type VARCHAR, effective_connection_type VARCHAR,
    sdk_name VARCHAR, sdk_version VARCHAR, referrer_origin VARCHAR, navigation_type VARCHAR, network_hash VARCHAR, attributes VARCHAR,
    has_vitals BOOLEAN, has_errors BOOLEAN, has_events BOOLEAN, has_requests BOOLEAN,
    lcp_ms DOUBLE, inp_ms DOUBLE, cls DOUBLE, fcp_ms DOUBLE, ttfb_ms DOUBLE, vitals_attribution VARCHAR,
    weight_millionths BIGINT, errors_from INTEGER, events_from INTEGER, requests_from INTEGER);

CREATE TABLE IF NOT EXISTS facts.errors (
    log_file VARCHAR, log_position BIGINT, ordinal INTEGER, app VARCHAR, page_view_id VARCHAR, occurred_at TIMESTAMP, received_at TIMESTAMP,
    error_type VARCHAR, message VARCHAR, stack VARCHAR, fingerprint VARCHAR, source VARCHAR, count BIGINT, is_harmless BOOLEAN);
CREATE TABLE IF NOT EXISTS facts.events (
    log_file VARCHAR, log_position BIGINT, ordinal INTEGER, app VARCHAR, page_view_id VARCHAR, occurred_at TIMESTAMP, received_at TIMESTAMP,
    name VARCHAR, value DOUBLE, attributes VARCHAR);
CREATE TABLE IF NOT EXISTS facts.requests (
    log_file VARCHAR, log_position BIGINT, ordinal INTEGER, app VARCHAR, page_view_id VARCHAR, occurred_at TIMESTAMP, received_at TIMESTAMP,
    method VARCHAR, route VARCHAR, status_code INTEGER, duration_ms DOUBLE, server_version VARCHAR, trace_id VARCHAR, count BIGINT);

CREATE TABLE IF NOT EXISTS facts.runs (
    change_position BIGINT, run_id VARCHAR, monitor VARCHAR, name VARCHAR, app VARCHAR, environment VARCHAR, location VARCHAR, cohort VARCHAR,
    source VARCHAR, status VARCHAR, cause VARCHAR, scheduled_at TIMESTAMP, started_at TIMESTAMP, finished_at TIMESTAMP, duration_ms DOUBLE,
    error_message VARCHAR, failed_step VARCHAR, service_version VARCHAR, status_code INTEGER, trace_id VARCHAR, confirms_run_id VARCHAR);
CREATE TABLE IF NOT EXISTS facts.steps (
    change_position BIGINT, run_id VARCHAR, ordinal INTEGER, step VARCHAR, status VARCHAR, started_at TIMESTAMP, duration_ms DOUBLE,
    budget_ms DOUBLE, service_version VARCHAR, error_message VARCHAR);
CREATE TABLE IF NOT EXISTS facts.run_kpis (
    change_position BIGINT, run_id VARCHAR, ordinal INTEGER, name VARCHAR, value DOUBLE, step VARCHAR, service_version VARCHAR,
    is_within_bounds BOOLEAN);
CREATE TABLE IF NOT EXISTS facts.incidents (
    change_position BIGINT, incident_id VARCHAR, app VARCHAR, environment VARCHAR, monitor VARCHAR, name VARCHAR, title VARCHAR, state VARCHAR,
    severity VARCHAR, since TIMESTAMP, opened_at TIMESTAMP, acknowledged_at TIMESTAMP, acknowledged_by VARCHAR, resolved_at TIMESTAMP,
    service_version VARCHAR, failing VARCHAR);
CREATE TABLE IF NOT EXISTS facts.notifications (
    change_position BIGINT, notification_id VARCHAR, incident_id VARCHAR, transition VARCHAR, target VARCHAR, state VARCHAR, attempts INTEGER,
    created_at TIMESTAMP, first_attempt_at TIMESTAMP, accepted_at TIMESTAMP, next_attempt_at TIMESTAMP, last_error VARCHAR,
    is_maybe_duplicate BOOLEAN);
CREATE TABLE IF NOT EXISTS facts.deployments (
    change_position BIGINT, deployment_id VARCHAR, app VARCHAR, environment VARCHAR, service_version VARCHAR, cohort VARCHAR, commit_sha VARCHAR,
    deployed_at TIMESTAMP, marked_by VARCHAR, committed_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS facts.actions (
    change_position BIGINT, action_id VARCHAR, hook VARCHAR, kind VARCHAR, state VARCHAR, cause VARCHAR, app VARCHAR, environment VARCHAR,
    service_version VARCHAR, baseline_version VARCHAR, incident_id VARCHAR, verdict_id VARCHAR, requested_at TIMESTAMP, requested_by VARCHAR,
    executed_at TIMESTAMP, verified_at TIMESTAMP, attempts INTEGER, reason VARCHAR, detail VARCHAR, evidence VARCHAR, error VARCHAR,
    recovered_at TIMESTAMP, recovery VARCHAR);
CREATE TABLE IF NOT EXISTS facts.verdicts (
    change_position BIGINT, verdict_id VARCHAR, app VARCHAR, environment VARCHAR, service_version VARCHAR, baseline_version VARCHAR,
    decided_at TIMESTAMP, verdict VARCHAR, reasons VARCHAR, evidence VARCHAR, stage VARCHAR, sentence VARCHAR, may_act BOOLEAN);
CREATE TABLE IF NOT EXISTS facts.flag_changes (
    change_position BIGINT, change_id VARCHAR, changed_at TIMESTAMP, app VARCHAR, environment VARCHAR, flag VARCHAR, action VARCHAR,
    variant VARCHAR, reach VARCHAR, changed_by VARCHAR, reason VARCHAR);

CREATE TABLE IF NOT EXISTS facts.load_reports (reported_at TIMESTAMP, app VARCHAR, reason VARCHAR, detail VARCHAR, amount BIGINT);
CREATE TABLE IF NOT EXISTS facts.quarantine (log_file VARCHAR, log_position BIGINT, quarantined_at TIMESTAMP, reason VARCHAR, size_bytes BIGINT);
CREATE TABLE IF NOT EXISTS facts.known_names (app VARCHAR, kind VARCHAR, name VARCHAR, seen_on DATE);
CREATE TABLE IF NOT EXISTS facts.network_salts (day DATE, salt BLOB);
CREATE SCHEMA IF NOT EXISTS rollups;

CREATE TABLE IF NOT EXISTS rollups.progress (file VARCHAR, upto BIGINT, rolled_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS rollups.folds (days_before TIMESTAMP, dimensions_before TIMESTAMP, compacted_before TIMESTAMP);
INSERT INTO rollups.folds SELECT TIMESTAMP '1971-01-01', TIMESTAMP '1971-01-01', TIMESTAMP '1971-01-01' WHERE NOT EXISTS (SELECT 1 FROM rollups.folds);

CREATE TABLE IF NOT EXISTS rollups.retired (app VARCHAR, day DATE);

CREATE TABLE IF NOT EXISTS rollups.rebuild_due (reason VARCHAR);

CREATE TABLE IF NOT EXISTS rollups.arms (arm INTEGER, app VARCHAR, service_version VARCHAR, cohort VARCHAR, mark TINYINT);
CREATE TABLE IF NOT EXISTS rollups.measures (measure INTEGER, metric VARCHAR, name VARCHAR, method VARCHAR);
CREATE TABLE IF NOT EXISTS rollups.facets (facet INTEGER, dimension VARCHAR, value VARCHAR);

CREATE TABLE IF NOT EXISTS rollups.hours (
    starts_at TIMESTAMP, arm INTEGER, measure INTEGER, session_group TINYINT, bin SMALLINT, previous TIMESTAMP, n BIGINT, weight BIGINT,
    weight_squared BIGINT, value DECIMAL(38, 6));
CREATE TABLE IF NOT EXISTS rollups.days (
    starts_at TIMESTAMP, arm INTEGER, measure INTEGER, session_group TINYINT, bin SMALLINT, previous TIMESTAMP, n BIGINT, weight BIGINT,
    weight_squared BIGINT, value DECIMAL(38, 6));
CREATE TABLE IF NOT EXISTS rollups.chart_hours (
    starts_at TIMESTAMP, arm INTEGER, measure INTEGER, bin SMALLINT, previous TIMESTAMP, n BIGINT, weight BIGINT, weight_squared BIGINT,
    value DECIMAL(38, 6));
CREATE TABLE IF NOT EXISTS rollups.minutes (
    starts_at TIMESTAMP, arm INTEGER, measure INTEGER, bin SMALLINT, previous TIMESTAMP, n BIGINT, weight BIGINT, weight_squared BIGINT,
    value DECIMAL(38, 6));
CREATE TABLE IF NOT EXISTS rollups.dimension_hours (
    starts_at TIMESTAMP, facet INTEGER, arm INTEGER, measure INTEGER, bin SMALLINT, previous TIMESTAMP, n BIGINT, weight BIGINT,
    weight_squared BIGINT, value DECIMAL(38, 6));
CREATE TABLE IF NOT EXISTS rollups.dimension_days (
    starts_at TIMESTAMP, facet INTEGER, arm INTEGER, measure INTEGER, bin SMALLINT, previous TIMESTAMP, n BIGINT, weight BIGINT,
    weight_squared BIGINT, value DECIMAL(38, 6));

CREATE TABLE IF NOT EXISTS rollups.step_hours (
    starts_at TIMESTAMP, app VARCHAR, journey VARCHAR, step VARCHAR, service_version VARCHAR, bin SMALLINT, n BIGINT, ordinal INTEGER,
    fastest_ms DOUBLE, slowest_ms DOUBLE, budget_ms DOUBLE, budget_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS rollups.step_days (
    starts_at TIMESTAMP, app VARCHAR, journey VARCHAR, step VARCHAR, service_version VARCHAR, bin SMALLINT, n BIGINT, ordinal INTEGER,
    fastest_ms DOUBLE, slowest_ms DOUBLE, budget_ms DOUBLE, budget_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS rollups.steps_due (starts_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS rollups.steps_rolled (rolled_at TIMESTAMP);
INSERT INTO rollups.steps_rolled SELECT NULL WHERE NOT EXISTS (SELECT 1 FROM rollups.steps_rolled);

ALTER TABLE facts.beacons ADD COLUMN IF NOT EXISTS weight_millionths BIGINT;
ALTER TABLE facts.beacons ADD COLUMN IF NOT EXISTS errors_from INTEGER;
ALTER TABLE facts.beacons ADD COLUMN IF NOT EXISTS events_from INTEGER;
ALTER TABLE facts.beacons ADD COLUMN IF NOT EXISTS requests_from INTEGER;
ALTER TABLE facts.errors ADD COLUMN IF NOT EXISTS is_harmless BOOLEAN;
ALTER TABLE facts.incidents ADD COLUMN IF NOT EXISTS kind VARCHAR;
ALTER TABLE facts.notifications ADD COLUMN IF NOT EXISTS kind VARCHAR;
ALTER TABLE facts.notifications ADD COLUMN IF NOT EXISTS level VARCHAR;
ALTER TABLE facts.notifications ADD COLUMN IF NOT EXISTS due_at TIMESTAMP;
ALTER TABLE facts.deployments ADD COLUMN IF NOT EXISTS committed_at TIMESTAMP;
ALTER TABLE facts.verdicts ADD COLUMN IF NOT EXISTS stage VARCHAR;
ALTER TABLE facts.verdicts ADD COLUMN IF NOT EXISTS sentence VARCHAR;
ALTER TABLE facts.verdicts ADD COLUMN IF NOT EXISTS may_act BOOLEAN;
ALTER TABLE facts.runs ADD COLUMN IF NOT EXISTS dns_ms DOUBLE;
ALTER TABLE facts.runs ADD COLUMN IF NOT EXISTS connect_ms DOUBLE;
ALTER TABLE facts.runs ADD COLUMN IF NOT EXISTS tls_ms DOUBLE;
ALTER TABLE facts.runs ADD COLUMN IF NOT EXISTS first_byte_ms DOUBLE;
ALTER TABLE facts.runs ADD COLUMN IF NOT EXISTS findings VARCHAR;
ALTER TABLE facts.actions ADD COLUMN IF NOT EXISTS recovered_at TIMESTAMP;
ALTER TABLE facts.actions ADD COLUMN IF NOT EXISTS recovery VARCHAR;
CREATE SCHEMA IF NOT EXISTS meta;
CREATE TABLE IF NOT EXISTS meta.schema_version (version INTEGER);
INSERT INTO meta.schema_version VALUES (7);
