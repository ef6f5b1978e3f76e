-- How are the vitals of each version distributed, by one dimension? In: since (a full hour; before hours of dimensions a full day), first_day, days_before,
-- dimension, app, versions, with_synthetic, vitals. Grain: a cell or a difference of one, which leadline/store/experience/cells.py adds up.
-- Caution: without session groups, so an interval needs a design effect.
SELECT facet, arm, measure, bin, n, weight, weight_squared
FROM (SELECT starts_at, facet, arm, measure, bin, previous, n, weight, weight_squared, value FROM rollups.dimension_days
      WHERE starts_at >= $first_day::TIMESTAMP AND starts_at < $days_before::TIMESTAMP
      UNION ALL
      SELECT starts_at, facet, arm, measure, bin, previous, n, weight, weight_squared, value FROM rollups.dimension_hours
      WHERE starts_at >= $since::TIMESTAMP AND (starts_at < $first_day::TIMESTAMP OR starts_at >= $days_before::TIMESTAMP))
WHERE facet IN (SELECT facet FROM rollups.facets WHERE dimension = $dimension) AND bin IS NOT NULL
  AND measure IN (SELECT measure FROM rollups.measures WHERE metric IN (SELECT unnest($vitals::VARCHAR[])))
  AND arm IN (SELECT arm FROM rollups.arms
             WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)
               AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[]))))
