-- What is kept: facts, appended and never changed, in the schema `facts`. Analysts read the views.
-- A column that comes later is added by a numbered file in migrations/ as well, for the stores that are there.
-- The dialect is what a plain file and DuckLake both take: no keys, constraints, sequences or own types; TIMESTAMP in UTC.
-- `ordering` is seq * 2^43 + received_at in ms: the newest beacon of a view has the highest, and one number compares fast.
CREATE SCHEMA IF NOT EXISTS facts;

-- One row per log file (and one for the records' change feed): loaded up to and including `upto`. The gate of every write.
CREATE TABLE IF NOT EXISTS facts.load_progress (file VARCHAR, upto BIGINT, loaded_at TIMESTAMP);

-- One row per beacon.
CREATE TABLE IF NOT EXISTS facts.beacons (
    log_file VARCHAR, log_position BIGINT, app VARCHAR, environment VARCHAR, page_view_id VARCHAR, seq INTEGER, ordering BIGINT,
    occurred_at TIMESTAMP, received_at TIMESTAMP, session_id VARCHAR, service_version VARCHAR, cohort VARCHAR, url_path VARCHAR, route VARCHAR,
    trace_id VARCHAR, synthetic VARCHAR, country VARCHAR, browser_name VARCHAR, device_type VARCHAR, effective_connection_type VARCHAR,
    sdk_name VARCHAR, sdk_version VARCHAR, referrer_origin VARCHAR, navigation_type VARCHAR, network_hash VARCHAR, attributes VARCHAR,
    has_vitals BOOLEAN, has_errors BOOLEAN, has_events BOOLEAN, has_requests BOOLEAN,
    lcp_ms DOUBLE, inp_ms DOUBLE, cls DOUBLE, fcp_ms DOUBLE, ttfb_ms DOUBLE, vitals_attribution VARCHAR,
    weight_millionths BIGINT, errors_from INTEGER, events_from INTEGER, requests_from INTEGER);
-- `weight_millionths`: 1 / the probability that the view was kept, in millionths: whole numbers add up the same in any order. Null: written before there were weights.
-- `errors_from` and so on: how many items of the section stand as earlier beacons stated them; null: none.

-- One row per entry of a beacon's section; (log_file, log_position) says which beacon stated it, `ordinal` its place in the view's whole section.
CREATE TABLE IF NOT EXISTS facts.errors (
    log_file VARCHAR, log_position BIGINT, ordinal INTEGER, app VARCHAR, page_view_id VARCHAR, occurred_at TIMESTAMP, received_at TIMESTAMP,
    error_type VARCHAR, message VARCHAR, stack VARCHAR, fingerprint VARCHAR, source VARCHAR, count BIGINT, is_harmless BOOLEAN);
-- `is_harmless`: harms no user (leadline/wire/harmless_errors.py, as it was when the row was loaded): in no error share. Null: no.
CREATE TABLE IF NOT EXISTS facts.events (
    log_file VARCHAR, log_position BIGINT, ordinal INTEGER, app VARCHAR, page_view_id VARCHAR, occurred_at TIMESTAMP, received_at TIMESTAMP,
    name VARCHAR, value DOUBLE, attributes VARCHAR);
CREATE TABLE IF NOT EXISTS facts.requests (
    log_file VARCHAR, log_position BIGINT, ordinal INTEGER, app VARCHAR, page_view_id VARCHAR, occurred_at TIMESTAMP, received_at TIMESTAMP,
    method VARCHAR, route VARCHAR, status_code INTEGER, duration_ms DOUBLE, server_version VARCHAR, trace_id VARCHAR, count BIGINT);

-- The records, followed by their change feed: one row per change, the highest change_position is the current state.
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

-- Which versions a deployment or a probe named, written with the rows that name them: no query has to scan all runs. The earliest row of a version
-- says since when it is registered.
CREATE TABLE IF NOT EXISTS facts.registrations (app VARCHAR, service_version VARCHAR, registered_at TIMESTAMP, is_deployed BOOLEAN);

-- What the loader did not take as it came, one row per batch and cause: amounts are summed on read.
CREATE TABLE IF NOT EXISTS facts.load_reports (reported_at TIMESTAMP, app VARCHAR, reason VARCHAR, detail VARCHAR, amount BIGINT);
-- Records that can't be read. The bytes stay in the log (and hold a network address): only where, why and how many.
CREATE TABLE IF NOT EXISTS facts.quarantine (log_file VARCHAR, log_position BIGINT, quarantined_at TIMESTAMP, reason VARCHAR, size_bytes BIGINT);
-- Names that were let in below their limit, one row per name and day it was seen.
CREATE TABLE IF NOT EXISTS facts.known_names (app VARCHAR, kind VARCHAR, name VARCHAR, seen_on DATE);
-- The salt of a day's network hashes; deleted two days later (Loader.forget_salts), so that no hash can be made again.
CREATE TABLE IF NOT EXISTS facts.network_salts (day DATE, salt BLOB);
