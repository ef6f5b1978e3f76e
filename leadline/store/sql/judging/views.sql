-- Which page views belong to the sessions that began in a time? Made into the temporary table judged_views.
-- In: app, lookback (a session that was there since then does not begin), scan_from and until (of its start). Grain: page view.
-- A view's session is the one that its first beacon names, else the view stands alone. A session begins with its first beacon, by our clock.
-- Caution: nothing that arrives later changes it, so a minute that is closed says the same for ever. Reports of browsers are no views.
CREATE OR REPLACE TEMP TABLE judged_views AS
WITH recent AS MATERIALIZED (
    SELECT page_view_id, session_id FROM facts.beacons
    WHERE app = $app AND received_at >= $scan_from::TIMESTAMP AND received_at < $until::TIMESTAMP AND sdk_name IS DISTINCT FROM 'reports'),
earlier AS (
    SELECT DISTINCT page_view_id FROM facts.beacons
    WHERE app = $app AND received_at >= $lookback::TIMESTAMP AND received_at < $scan_from::TIMESTAMP
      AND session_id IN (SELECT session_id FROM recent)),
scoped AS MATERIALIZED (
    SELECT page_view_id, session_id, received_at FROM facts.beacons
    WHERE app = $app AND received_at >= $lookback::TIMESTAMP AND received_at < $until::TIMESTAMP AND sdk_name IS DISTINCT FROM 'reports'
      AND page_view_id IN (SELECT page_view_id FROM recent UNION ALL SELECT page_view_id FROM earlier)),
views AS (
    SELECT page_view_id, min(received_at) AS started_at, min(received_at) FILTER (session_id IS NOT NULL) AS named_at,
           arg_min(session_id, received_at) AS session_id
    FROM scoped GROUP BY page_view_id),
owned AS MATERIALIZED (
    SELECT page_view_id, started_at, CASE WHEN named_at = started_at THEN session_id ELSE page_view_id END AS session FROM views),
begun AS (SELECT session, min(started_at) AS began_at FROM owned GROUP BY session HAVING min(started_at) >= $scan_from::TIMESTAMP)
SELECT o.page_view_id, o.session, b.began_at FROM owned AS o JOIN begun AS b ON b.session = o.session
