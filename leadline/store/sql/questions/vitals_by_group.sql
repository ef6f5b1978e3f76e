-- How are the vitals of each version distributed, by session group? In: since (a full hour), first_day, days_before, app, versions, with_synthetic, vitals.
-- Grain: a cell or a difference of one. Caution: not summed: leadline/store/experience/cells.py adds up, three times as fast as a GROUP BY here.
SELECT arm, measure, session_group, bin, n, weight, weight_squared
FROM (SELECT starts_at, arm, measure, session_group, bin, n, weight, weight_squared FROM rollups.days
      WHERE starts_at >= $first_day::TIMESTAMP AND starts_at < $days_before::TIMESTAMP
      UNION ALL
      SELECT starts_at, arm, measure, session_group, bin, n, weight, weight_squared FROM rollups.hours
      WHERE starts_at >= $since::TIMESTAMP AND (starts_at < $first_day::TIMESTAMP OR starts_at >= $days_before::TIMESTAMP))
WHERE bin IS NOT NULL AND measure IN (SELECT measure FROM rollups.measures WHERE metric IN (SELECT unnest($vitals::VARCHAR[])))
  AND arm IN (SELECT arm FROM rollups.arms
             WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)
               AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[]))))
