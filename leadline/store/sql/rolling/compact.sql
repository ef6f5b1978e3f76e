-- Differences of the same cell become one row. In: temp table compacting (starts_from, starts_before). Grain: that of each table.
-- Caution: changes no sum; deletes and writes anew, so it runs where passes run, never beside one.
CREATE OR REPLACE TEMP TABLE compacted AS
SELECT starts_at, arm, measure, session_group, bin, previous, sum(n)::BIGINT AS n,
       sum(weight)::BIGINT AS weight, sum(weight_squared)::BIGINT AS weight_squared, sum(value)::DECIMAL(38, 6) AS value
FROM rollups.hours
WHERE starts_at >= (SELECT starts_from FROM compacting) AND starts_at < (SELECT starts_before FROM compacting)
GROUP BY ALL HAVING sum(n) <> 0 OR sum(weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(value), 0) <> 0;
DELETE FROM rollups.hours
WHERE starts_at >= (SELECT starts_from FROM compacting) AND starts_at < (SELECT starts_before FROM compacting);
INSERT INTO rollups.hours BY NAME SELECT * FROM compacted ORDER BY starts_at, measure, arm;

CREATE OR REPLACE TEMP TABLE compacted AS
SELECT starts_at, arm, measure, bin, previous, sum(n)::BIGINT AS n,
       sum(weight)::BIGINT AS weight, sum(weight_squared)::BIGINT AS weight_squared, sum(value)::DECIMAL(38, 6) AS value
FROM rollups.chart_hours
WHERE starts_at >= (SELECT starts_from FROM compacting) AND starts_at < (SELECT starts_before FROM compacting)
GROUP BY ALL HAVING sum(n) <> 0 OR sum(weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(value), 0) <> 0;
DELETE FROM rollups.chart_hours
WHERE starts_at >= (SELECT starts_from FROM compacting) AND starts_at < (SELECT starts_before FROM compacting);
INSERT INTO rollups.chart_hours BY NAME SELECT * FROM compacted ORDER BY starts_at, measure, arm;

CREATE OR REPLACE TEMP TABLE compacted AS
SELECT starts_at, arm, measure, bin, previous, sum(n)::BIGINT AS n,
       sum(weight)::BIGINT AS weight, sum(weight_squared)::BIGINT AS weight_squared, sum(value)::DECIMAL(38, 6) AS value
FROM rollups.minutes
WHERE starts_at >= (SELECT starts_from FROM compacting) AND starts_at < (SELECT starts_before FROM compacting)
GROUP BY ALL HAVING sum(n) <> 0 OR sum(weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(value), 0) <> 0;
DELETE FROM rollups.minutes
WHERE starts_at >= (SELECT starts_from FROM compacting) AND starts_at < (SELECT starts_before FROM compacting);
INSERT INTO rollups.minutes BY NAME SELECT * FROM compacted ORDER BY starts_at, measure, arm;

CREATE OR REPLACE TEMP TABLE compacted AS
SELECT starts_at, facet, arm, measure, bin, previous, sum(n)::BIGINT AS n,
       sum(weight)::BIGINT AS weight, sum(weight_squared)::BIGINT AS weight_squared, sum(value)::DECIMAL(38, 6) AS value
FROM rollups.dimension_hours
WHERE starts_at >= (SELECT starts_from FROM compacting) AND starts_at < (SELECT starts_before FROM compacting)
GROUP BY ALL HAVING sum(n) <> 0 OR sum(weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(value), 0) <> 0;
DELETE FROM rollups.dimension_hours
WHERE starts_at >= (SELECT starts_from FROM compacting) AND starts_at < (SELECT starts_before FROM compacting);
INSERT INTO rollups.dimension_hours BY NAME SELECT * FROM compacted ORDER BY starts_at, measure, facet, arm;
DROP TABLE compacted;
