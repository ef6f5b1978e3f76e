-- Hours without session groups, and days of dimensions as soon as they are over: what stands is summed up from what stood.
CREATE TABLE IF NOT EXISTS rollups.chart_hours (
    starts_at TIMESTAMP, arm INTEGER, measure INTEGER, bin SMALLINT, previous TIMESTAMP, n BIGINT, weight BIGINT, weight_squared BIGINT,
    value DECIMAL(38, 6));
INSERT INTO rollups.chart_hours BY NAME
SELECT starts_at, arm, measure, bin, previous, sum(n)::BIGINT AS n, sum(weight)::BIGINT AS weight, sum(weight_squared)::BIGINT AS weight_squared,
       sum(value)::DECIMAL(38, 6) AS value
FROM rollups.hours
GROUP BY starts_at, arm, measure, bin, previous
HAVING sum(n) <> 0 OR sum(weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(value), 0) <> 0
ORDER BY starts_at, measure, arm;
INSERT INTO rollups.dimension_days BY NAME
SELECT date_trunc('day', starts_at)::TIMESTAMP AS starts_at, facet, arm, measure, bin, previous, sum(n)::BIGINT AS n, sum(weight)::BIGINT AS weight,
       sum(weight_squared)::BIGINT AS weight_squared, sum(value)::DECIMAL(38, 6) AS value
FROM rollups.dimension_hours
WHERE starts_at >= (SELECT dimensions_before FROM rollups.folds) AND starts_at < (SELECT days_before FROM rollups.folds)
  AND (previous IS NULL OR date_trunc('day', previous) < date_trunc('day', starts_at))
GROUP BY date_trunc('day', starts_at), facet, arm, measure, bin, previous
HAVING sum(n) <> 0 OR sum(weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(value), 0) <> 0
ORDER BY starts_at, measure, facet, arm;
