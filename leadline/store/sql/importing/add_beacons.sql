-- In: temp table new_beacons. Grain: beacon. Caution: `..._from` is beyond every entry, so an imported beacon never takes back what others stated.
INSERT INTO facts.beacons BY NAME
SELECT * EXCLUDE (is_first), (seq::BIGINT << 43) + epoch_ms(received_at) AS ordering,
       CASE WHEN has_errors THEN 2147483647 END AS errors_from, CASE WHEN has_events THEN 2147483647 END AS events_from,
       CASE WHEN has_requests THEN 2147483647 END AS requests_from
FROM new_beacons
ORDER BY log_position
