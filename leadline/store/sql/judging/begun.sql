-- Which page views belong to the sessions that began in a time? Made into the temporary table judged_views. In: scan_from (of its start); judged_owned.
-- Grain: page view. A session begins with its first beacon, by our clock.
-- Caution: nothing that arrives later changes it, so a minute that is closed says the same for ever.
CREATE OR REPLACE TEMP TABLE judged_views AS
WITH begun AS (SELECT session, min(started_at) AS began_at FROM judged_owned GROUP BY session HAVING min(started_at) >= $scan_from::TIMESTAMP)
SELECT o.page_view_id, o.session, b.began_at FROM judged_owned AS o JOIN begun AS b ON b.session = o.session
