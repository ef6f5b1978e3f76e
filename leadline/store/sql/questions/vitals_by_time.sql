-- How are the vitals of each version distributed over time? In: since (a full span), by_minute, app, versions, with_synthetic, vitals.
-- Grain: a cell or a difference of one, which leadline/store/experience/cells.py adds up. Caution: minutes are kept for 48 hours; without session groups.
SELECT starts_at, arm, measure, bin, n, weight, weight_squared
FROM (SELECT * FROM rollups.chart_hours WHERE NOT $by_minute::BOOLEAN UNION ALL SELECT * FROM rollups.minutes WHERE $by_minute::BOOLEAN)
WHERE starts_at >= $since::TIMESTAMP AND bin IS NOT NULL AND measure IN (SELECT measure FROM rollups.measures WHERE metric IN (SELECT unnest($vitals::VARCHAR[])))
  AND arm IN (SELECT arm FROM rollups.arms
             WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)
               AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[]))))
