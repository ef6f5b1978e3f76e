-- What was experienced, added up: rows that may be summed in any order, each with its weight in whole numbers. Filled by leadline/store/rollups/
-- in transactions that pass a gate; docs/decisions/0014-rollups.md says why they are appended as differences. The dialect is that of facts.sql.
CREATE SCHEMA IF NOT EXISTS rollups;

-- One row per log file: added up to and including `upto`. The gate of every pass.
CREATE TABLE IF NOT EXISTS rollups.progress (file VARCHAR, upto BIGINT, rolled_at TIMESTAMP);
-- One row: days before `days_before` are summed in rollups.days and rollups.dimension_days, too; minutes, and hours of dimensions, before
-- `dimensions_before` are gone;
-- differences before `compacted_before` were made one row. The gate of every fold.
CREATE TABLE IF NOT EXISTS rollups.folds (days_before TIMESTAMP, dimensions_before TIMESTAMP, compacted_before TIMESTAMP);
INSERT INTO rollups.folds SELECT TIMESTAMP '1971-01-01', TIMESTAMP '1971-01-01', TIMESTAMP '1971-01-01' WHERE NOT EXISTS (SELECT 1 FROM rollups.folds);

-- Days of an app of which retention has removed raw rows: their sums stand, and what is imported of them again is not added to them.
CREATE TABLE IF NOT EXISTS rollups.retired (app VARCHAR, day DATE);

-- Why the rollups must be built anew from the rows, where a new version sums what an earlier one did not: the next rebuild empties it.
CREATE TABLE IF NOT EXISTS rollups.rebuild_due (reason VARCHAR);

-- Names behind numbers: cells are grouped five times as fast by numbers. `mark` is 2 for probes, 1 for bots, 0 for people; what had no name is (none).
-- `method` is of requests; null in sums of before methods were told apart.
CREATE TABLE IF NOT EXISTS rollups.arms (arm INTEGER, app VARCHAR, service_version VARCHAR, cohort VARCHAR, mark TINYINT);
CREATE TABLE IF NOT EXISTS rollups.measures (measure INTEGER, metric VARCHAR, name VARCHAR, method VARCHAR);
CREATE TABLE IF NOT EXISTS rollups.facets (facet INTEGER, dimension VARCHAR, value VARCHAR);

-- Cells. `starts_at` begins the minute, hour or day in which a view (or an event) first arrived. `n` counts what was seen, `weight` (in millionths) what
-- it stands for, `weight_squared` (in thousandths) serves the effective size, `value` sums a KPI's values by weight. `bin` is a 2 % log-bin
-- (views/11_rollups.sql). `previous` is the last earlier minute, else hour, in which the same session counted, so that a span counts each session once.
-- By session group (16 by hash), for intervals.
CREATE TABLE IF NOT EXISTS rollups.hours (
    starts_at TIMESTAMP, arm INTEGER, measure INTEGER, session_group TINYINT, bin SMALLINT, previous TIMESTAMP, n BIGINT, weight BIGINT,
    weight_squared BIGINT, value DECIMAL(38, 6));
CREATE TABLE IF NOT EXISTS rollups.days (
    starts_at TIMESTAMP, arm INTEGER, measure INTEGER, session_group TINYINT, bin SMALLINT, previous TIMESTAMP, n BIGINT, weight BIGINT,
    weight_squared BIGINT, value DECIMAL(38, 6));
-- Without groups: for a series by the hour (a sixteenth of the rows), and by the minute, which is kept for 48 hours.
CREATE TABLE IF NOT EXISTS rollups.chart_hours (
    starts_at TIMESTAMP, arm INTEGER, measure INTEGER, bin SMALLINT, previous TIMESTAMP, n BIGINT, weight BIGINT, weight_squared BIGINT,
    value DECIMAL(38, 6));
CREATE TABLE IF NOT EXISTS rollups.minutes (
    starts_at TIMESTAMP, arm INTEGER, measure INTEGER, bin SMALLINT, previous TIMESTAMP, n BIGINT, weight BIGINT, weight_squared BIGINT,
    value DECIMAL(38, 6));
-- By one dimension at a time (route, device_type, browser_name, country, connection): hours for 48 hours, and days that are over.
CREATE TABLE IF NOT EXISTS rollups.dimension_hours (
    starts_at TIMESTAMP, facet INTEGER, arm INTEGER, measure INTEGER, bin SMALLINT, previous TIMESTAMP, n BIGINT, weight BIGINT,
    weight_squared BIGINT, value DECIMAL(38, 6));
CREATE TABLE IF NOT EXISTS rollups.dimension_days (
    starts_at TIMESTAMP, facet INTEGER, arm INTEGER, measure INTEGER, bin SMALLINT, previous TIMESTAMP, n BIGINT, weight BIGINT,
    weight_squared BIGINT, value DECIMAL(38, 6));

-- Steps of journeys by the hour, and the day, in which their run ended. Not differences: an hour of which a run is new or restated is written anew from
-- the runs that stand (rollups.steps_due names it), so that the fastest and the slowest are exact. Runs are kept as long as these.
CREATE TABLE IF NOT EXISTS rollups.step_hours (
    starts_at TIMESTAMP, app VARCHAR, journey VARCHAR, step VARCHAR, service_version VARCHAR, bin SMALLINT, n BIGINT, ordinal INTEGER,
    fastest_ms DOUBLE, slowest_ms DOUBLE, budget_ms DOUBLE, budget_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS rollups.step_days (
    starts_at TIMESTAMP, app VARCHAR, journey VARCHAR, step VARCHAR, service_version VARCHAR, bin SMALLINT, n BIGINT, ordinal INTEGER,
    fastest_ms DOUBLE, slowest_ms DOUBLE, budget_ms DOUBLE, budget_at TIMESTAMP);
-- Hours to write anew, named in the transaction that brings their runs. A pass takes all of them: the gate of every pass. One row: when that was last.
CREATE TABLE IF NOT EXISTS rollups.steps_due (starts_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS rollups.steps_rolled (rolled_at TIMESTAMP);
INSERT INTO rollups.steps_rolled SELECT NULL WHERE NOT EXISTS (SELECT 1 FROM rollups.steps_rolled);
