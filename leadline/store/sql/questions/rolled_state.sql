-- What is there to answer from? In: since_hour, first_day, app (null: all), with_synthetic. Grain: one row.
-- Caution: `has_lost_rows` says that retention removed rows of a day that is asked for, so that rows alone would count too few. `rolled_views` are those since the full hour; `loaded_at` is of beacons, not of the records.
SELECT f.days_before, f.dimensions_before,
       (SELECT max(rolled_at) FROM rollups.progress) AS rolled_at, (SELECT max(loaded_at) FROM facts.load_progress WHERE file <> 'records') AS loaded_at,
       EXISTS (SELECT 1 FROM rollups.retired WHERE day >= $since_hour::DATE AND ($app::VARCHAR IS NULL OR app = $app)) AS has_lost_rows,
       (SELECT coalesce(sum(n), 0)::BIGINT
        FROM (SELECT arm, measure, n FROM rollups.hours
              WHERE starts_at >= $since_hour::TIMESTAMP AND (starts_at < $first_day::TIMESTAMP OR starts_at >= f.days_before)
              UNION ALL
              SELECT arm, measure, n FROM rollups.days WHERE starts_at >= $first_day::TIMESTAMP AND starts_at < f.days_before)
        WHERE measure IN (SELECT measure FROM rollups.measures WHERE metric = 'page_views')
          AND arm IN (SELECT arm FROM rollups.arms WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0))) AS rolled_views
FROM rollups.folds AS f
