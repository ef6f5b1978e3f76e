-- To which session does each page view belong, of all that there are in a time? Made into the temporary table judged_owned. In: app, since, until.
-- Grain: page view. A view's session is the one that its first beacon names, else the view stands alone. Reports of browsers are no views.
CREATE OR REPLACE TEMP TABLE judged_owned AS
SELECT page_view_id, min(received_at) AS started_at,
       CASE WHEN min(received_at) FILTER (session_id IS NOT NULL) = min(received_at) THEN arg_min(session_id, received_at) ELSE page_view_id END AS session
FROM facts.beacons
WHERE app = $app AND received_at >= $since::TIMESTAMP AND received_at < $until::TIMESTAMP AND sdk_name IS DISTINCT FROM 'reports'
GROUP BY page_view_id
