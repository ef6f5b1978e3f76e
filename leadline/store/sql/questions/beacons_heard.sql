-- When did each app's pages speak last, and how long were they silent at most before? By beacons of people, to the minute.
-- In: since, at, apps. Grain: one row per app that sent anything. Caution: the silence after the last beacon is no gap yet; a gap within a minute is 0.
WITH minutes AS (
    SELECT app, min(received_at) AS began_at, max(received_at) AS ended_at
    FROM facts.beacons
    WHERE received_at >= $since::TIMESTAMP AND received_at < $at::TIMESTAMP AND app IN (SELECT unnest($apps::VARCHAR[]))
      AND coalesce(synthetic, '') NOT IN ('test', 'bot')
    GROUP BY app, date_trunc('minute', received_at)),
gaps AS (
    SELECT app, began_at, ended_at, began_at - lag(ended_at) OVER (PARTITION BY app ORDER BY began_at) AS gap FROM minutes)
SELECT app, min(began_at) AS first_at, max(ended_at) AS last_at, coalesce(epoch(max(gap)), 0)::DOUBLE AS longest_gap_s
FROM gaps GROUP BY app ORDER BY app
