-- What of an app has arrived until a minute, and what until a later one? In: app, lookback, after and until (ends of minutes). Grain: one row.
-- Caution: the same figures say that nothing was imported or loaded late into what has been read, or removed from it. Each new row of a view comes with a beacon.
SELECT count(*) FILTER (received_at < $after::TIMESTAMP)::BIGINT AS read_beacons,
       coalesce(sum(epoch_ms(received_at)) FILTER (received_at < $after::TIMESTAMP), 0)::VARCHAR AS read_sum,
       count(*)::BIGINT AS beacons, coalesce(sum(epoch_ms(received_at)), 0)::VARCHAR AS sum,
       (SELECT max(upto) FROM facts.load_progress WHERE file = $import_log) AS imported
FROM facts.beacons WHERE app = $app AND received_at >= $lookback::TIMESTAMP AND received_at < $until::TIMESTAMP
