-- What is complete is summed up again: days from their hours, also by dimension; minutes, and hours of dimensions, end after 48 hours.
-- In: temp table folding (days_from, days_before, dimensions_before). Grain: that of each table. Caution: behind the gate of rollups.folds.
INSERT INTO rollups.days BY NAME
SELECT date_trunc('day', starts_at)::TIMESTAMP AS starts_at, arm, measure, session_group, bin, previous,
       sum(n)::BIGINT AS n, sum(weight)::BIGINT AS weight, sum(weight_squared)::BIGINT AS weight_squared, sum(value)::DECIMAL(38, 6) AS value
FROM rollups.hours
WHERE starts_at >= (SELECT days_from FROM folding) AND starts_at < (SELECT days_before FROM folding)
  AND (previous IS NULL OR date_trunc('day', previous) < date_trunc('day', starts_at))
GROUP BY date_trunc('day', starts_at), arm, measure, session_group, bin, previous
HAVING sum(n) <> 0 OR sum(weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(value), 0) <> 0
ORDER BY starts_at, measure, arm;

INSERT INTO rollups.dimension_days BY NAME
SELECT date_trunc('day', starts_at)::TIMESTAMP AS starts_at, facet, arm, measure, bin,
       previous, sum(n)::BIGINT AS n, sum(weight)::BIGINT AS weight, sum(weight_squared)::BIGINT AS weight_squared,
       sum(value)::DECIMAL(38, 6) AS value
FROM rollups.dimension_hours
WHERE starts_at >= (SELECT days_from FROM folding) AND starts_at < (SELECT days_before FROM folding)
  AND (previous IS NULL OR date_trunc('day', previous) < date_trunc('day', starts_at))
GROUP BY date_trunc('day', starts_at), facet, arm, measure, bin, previous
HAVING sum(n) <> 0 OR sum(weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(value), 0) <> 0
ORDER BY starts_at, measure, facet, arm, bin;

DELETE FROM rollups.dimension_hours WHERE starts_at < (SELECT dimensions_before FROM folding);
DELETE FROM rollups.minutes WHERE starts_at < (SELECT dimensions_before FROM folding);
