-- How do the sums of minutes, hours, days and dimensions change? Appended as differences: what is added less what stood before.
-- In: temp table points, rollups.folds. Grain: that of each table. Caution: a session that counted earlier in the same hour (day) counts there once;
-- what is older than a fold goes where the fold has put its like. Hours are summed once: charts and days are sums of theirs.
INSERT INTO rollups.minutes BY NAME
SELECT minute AS starts_at, arm, measure, bin, previous, sum(n)::BIGINT AS n, sum(weight)::BIGINT AS weight,
       sum(weight_squared)::BIGINT AS weight_squared, sum(value)::DECIMAL(38, 6) AS value
FROM points WHERE minute >= (SELECT dimensions_before FROM rollups.folds)
GROUP BY minute, arm, measure, bin, previous
HAVING sum(n) <> 0 OR sum(weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(value), 0) <> 0;

CREATE OR REPLACE TEMP TABLE added_hours AS
SELECT date_trunc('hour', minute) AS starts_at, arm, measure, session_group, bin, date_trunc('hour', previous) AS previous, sum(n)::BIGINT AS n,
       sum(weight)::BIGINT AS weight, sum(weight_squared)::BIGINT AS weight_squared, sum(value)::DECIMAL(38, 6) AS value
FROM points WHERE previous IS NULL OR date_trunc('hour', previous) < date_trunc('hour', minute)
GROUP BY date_trunc('hour', minute), arm, measure, session_group, bin, date_trunc('hour', previous)
HAVING sum(n) <> 0 OR sum(weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(value), 0) <> 0;

INSERT INTO rollups.hours BY NAME SELECT * FROM added_hours;

INSERT INTO rollups.chart_hours BY NAME
SELECT starts_at, arm, measure, bin, previous, sum(n)::BIGINT AS n, sum(weight)::BIGINT AS weight, sum(weight_squared)::BIGINT AS weight_squared,
       sum(value)::DECIMAL(38, 6) AS value
FROM added_hours
GROUP BY starts_at, arm, measure, bin, previous
HAVING sum(n) <> 0 OR sum(weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(value), 0) <> 0;

INSERT INTO rollups.days BY NAME
SELECT date_trunc('day', starts_at)::TIMESTAMP AS starts_at, arm, measure, session_group, bin, previous,
       sum(n)::BIGINT AS n, sum(weight)::BIGINT AS weight, sum(weight_squared)::BIGINT AS weight_squared, sum(value)::DECIMAL(38, 6) AS value
FROM added_hours
WHERE starts_at < (SELECT days_before FROM rollups.folds) AND (previous IS NULL OR date_trunc('day', previous) < date_trunc('day', starts_at))
GROUP BY date_trunc('day', starts_at), arm, measure, session_group, bin, previous
HAVING sum(n) <> 0 OR sum(weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(value), 0) <> 0;

INSERT INTO rollups.dimension_hours BY NAME
SELECT starts_at, coalesce(route, device_type, browser_name, country, connection) AS facet, arm, measure, bin, earlier AS previous,
       sum(n)::BIGINT AS n, sum(weight)::BIGINT AS weight, sum(weight_squared)::BIGINT AS weight_squared, sum(value)::DECIMAL(38, 6) AS value
FROM (SELECT *, date_trunc('hour', minute) AS starts_at, date_trunc('hour', previous) AS earlier FROM points WHERE minute >= (SELECT dimensions_before FROM rollups.folds))
WHERE earlier IS NULL OR earlier < starts_at
GROUP BY GROUPING SETS (
    (starts_at, arm, measure, bin, earlier, route), (starts_at, arm, measure, bin, earlier, device_type),
    (starts_at, arm, measure, bin, earlier, browser_name), (starts_at, arm, measure, bin, earlier, country),
    (starts_at, arm, measure, bin, earlier, connection))
HAVING sum(n) <> 0 OR sum(weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(value), 0) <> 0;

INSERT INTO rollups.dimension_days BY NAME
SELECT starts_at, coalesce(route, device_type, browser_name, country, connection) AS facet, arm, measure, bin, earlier AS previous,
       sum(n)::BIGINT AS n, sum(weight)::BIGINT AS weight, sum(weight_squared)::BIGINT AS weight_squared, sum(value)::DECIMAL(38, 6) AS value
FROM (SELECT *, date_trunc('day', minute)::TIMESTAMP AS starts_at, date_trunc('hour', previous) AS earlier FROM points WHERE minute < (SELECT days_before FROM rollups.folds))
WHERE earlier IS NULL OR earlier < starts_at
GROUP BY GROUPING SETS (
    (starts_at, arm, measure, bin, earlier, route), (starts_at, arm, measure, bin, earlier, device_type),
    (starts_at, arm, measure, bin, earlier, browser_name), (starts_at, arm, measure, bin, earlier, country),
    (starts_at, arm, measure, bin, earlier, connection))
HAVING sum(n) <> 0 OR sum(weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(value), 0) <> 0;
