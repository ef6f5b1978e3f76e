-- Which sessions count for a canary and its baseline, since when, and what is each like? Made into the temporary table judged_sessions.
-- In: is_split (all users, to be put into arms by split.sql), app, scan_from and until, and of each arm a version or a cohort (the other null); judged_views.
-- Grain: one row per session of either arm, numbered from 0 on. Its version, cohort, route, device and network are what the first beacon of its first view says, of those that
-- arrived in its first minute;
-- `arrived_arm` and `arrived_browser` are what its first beacon says, `marked_ms` is when one of its views was marked as synthetic.
-- Caution: no session that was kept only for its errors (weight 0); weights are not used, each session counts once.
-- The columns are read of one beacon a session: the least of rows as wide as these would be compared and copied with all their texts.
CREATE OR REPLACE TEMP TABLE judged_sessions AS
WITH marked AS (
    SELECT v.session, min(epoch_ms(b.received_at)) AS marked_ms
    FROM facts.beacons AS b JOIN judged_views AS v ON v.page_view_id = b.page_view_id
    WHERE b.app = $app AND b.received_at >= $scan_from::TIMESTAMP AND b.received_at < $until::TIMESTAMP AND b.synthetic IN ('test', 'bot')
    GROUP BY v.session),
early AS MATERIALIZED (
    SELECT v.session, v.began_at, b.rowid AS beacon, b.page_view_id, b.ordering, b.occurred_at, b.received_at
    FROM facts.beacons AS b JOIN judged_views AS v ON v.page_view_id = b.page_view_id
    WHERE b.app = $app AND b.received_at >= $scan_from::TIMESTAMP AND b.received_at < $until::TIMESTAMP AND b.sdk_name IS DISTINCT FROM 'reports'
      AND b.received_at <= v.began_at + INTERVAL 1 MINUTE),
found AS MATERIALIZED (
    SELECT session, began_at,
           arg_min(beacon, {'page_view_id': page_view_id, 'ordering': ordering}) FILTER (received_at = began_at) AS arrived,
           arg_min(beacon, {'occurred_at': occurred_at, 'page_view_id': page_view_id, 'ordering': ordering}) AS first
    FROM early GROUP BY session, began_at),
armed AS (
    SELECT f.session, f.began_at, b.page_view_id, b.route, b.device_type, b.browser_name, b.country, b.effective_connection_type AS connection, b.network_hash,
           nullif(b.service_version, '') AS version, a.browser_name AS arrived_browser, m.marked_ms,
           CASE WHEN coalesce(b.weight_millionths, 1000000) = 0 THEN NULL WHEN $is_split THEN 0
                WHEN coalesce(nullif(b.service_version, ''), '(none)') = $canary_version::VARCHAR OR nullif(b.cohort, '') = $canary_cohort::VARCHAR THEN 0
                WHEN coalesce(nullif(b.service_version, ''), '(none)') = $baseline_version::VARCHAR OR nullif(b.cohort, '') = $baseline_cohort::VARCHAR THEN 1 END AS arm,
           CASE WHEN coalesce(a.weight_millionths, 1000000) = 0 THEN NULL WHEN $is_split THEN 0
                WHEN coalesce(nullif(a.service_version, ''), '(none)') = $canary_version::VARCHAR OR nullif(a.cohort, '') = $canary_cohort::VARCHAR THEN 0
                WHEN coalesce(nullif(a.service_version, ''), '(none)') = $baseline_version::VARCHAR OR nullif(a.cohort, '') = $baseline_cohort::VARCHAR THEN 1 END AS arrived_arm
    FROM found AS f JOIN facts.beacons AS b ON b.rowid = f.first JOIN facts.beacons AS a ON a.rowid = f.arrived LEFT JOIN marked AS m ON m.session = f.session)
SELECT (row_number() OVER () - 1)::INTEGER AS number, session, page_view_id, began_at AS started_at, epoch_ms(began_at) AS started_ms, marked_ms, arm::TINYINT AS arm, arrived_arm::TINYINT AS arrived_arm,
       coalesce(arrived_browser, 'unknown') AS arrived_browser, network_hash AS network, coalesce(version, '(none)') AS service_version,
       coalesce(route, '(none)') AS route, coalesce(device_type, 'unknown') AS device_type, coalesce(browser_name, 'unknown') AS browser_name,
       coalesce(country, 'unknown') AS geo_country_iso_code, coalesce(connection, 'unknown') AS effective_connection_type
FROM armed WHERE arm IS NOT NULL OR arrived_arm IS NOT NULL
