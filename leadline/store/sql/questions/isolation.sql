-- Does synthetic traffic stand among the views of people? A view is ours if it is marked, if it names the trace of a run,
-- or if another view of its session is marked (each run has a session of its own). In: since, at, apps. Grain: one row per app.
-- Caution: an earlier beacon of a view may carry its mark: beacons of the hour before `since` are read too, and not counted.
-- A site that names no trace in its pages shows no run here (`runs_seen`); its views are compared by session alone.
WITH beacons AS MATERIALIZED (
    SELECT app, page_view_id, session_id, trace_id, url_path, synthetic, received_at
    FROM facts.beacons
    WHERE received_at >= $since::TIMESTAMP - INTERVAL 1 HOUR AND received_at < $at::TIMESTAMP
      AND app IN (SELECT unnest($apps::VARCHAR[])) AND sdk_name IS DISTINCT FROM 'reports'),
runs AS MATERIALIZED (
    SELECT DISTINCT app, run_id, name, trace_id, monitor = 'journey' AND finished_at >= $since::TIMESTAMP AND finished_at < $at::TIMESTAMP AS is_counted
    FROM facts.runs
    WHERE finished_at >= $since::TIMESTAMP - INTERVAL 1 HOUR AND finished_at < $at::TIMESTAMP + INTERVAL 1 HOUR
      AND coalesce(trace_id, '') <> ''),
marked_sessions AS (SELECT DISTINCT app, session_id FROM beacons WHERE synthetic = 'test' AND coalesce(session_id, '') <> ''),
ours AS (
    SELECT app, page_view_id FROM beacons WHERE synthetic = 'test' OR trace_id IN (SELECT trace_id FROM runs)
    UNION SELECT app, page_view_id FROM beacons SEMI JOIN marked_sessions USING (app, session_id)),
views AS MATERIALIZED (
    SELECT app, page_view_id, max(trace_id) AS trace_id, max(url_path) AS url_path, max(received_at) AS received_at,
           bool_or(coalesce(synthetic = 'test', false)) AS is_marked, bool_or(coalesce(synthetic = 'bot', false)) AS is_bot
    FROM beacons SEMI JOIN ours USING (app, page_view_id)
    GROUP BY app, page_view_id HAVING max(received_at) >= $since::TIMESTAMP),
found AS (
    SELECT v.*, NOT v.is_marked AND NOT v.is_bot AS is_unmarked, r.run_id, r.name FROM views AS v LEFT JOIN runs AS r USING (trace_id)),
named AS (SELECT app, count(DISTINCT run_id) AS runs FROM runs WHERE is_counted GROUP BY app)
SELECT a.app,
       coalesce(any_value(n.runs), 0)::BIGINT AS runs,
       count(DISTINCT f.run_id)::BIGINT AS runs_seen,
       count(DISTINCT f.page_view_id) FILTER (f.is_marked)::BIGINT AS views_marked,
       count(DISTINCT f.page_view_id) FILTER (f.is_unmarked)::BIGINT AS views_unmarked,
       min(f.received_at) FILTER (f.is_unmarked) AS first_unmarked_at,
       arg_max(f.page_view_id, f.received_at) FILTER (f.is_unmarked) AS unmarked_page_view_id,
       arg_max(f.url_path, f.received_at) FILTER (f.is_unmarked) AS unmarked_url_path,
       arg_max(f.run_id, f.received_at) FILTER (f.is_unmarked) AS unmarked_run_id,
       arg_max(f.name, f.received_at) FILTER (f.is_unmarked) AS unmarked_monitor
FROM (SELECT unnest($apps::VARCHAR[]) AS app) AS a LEFT JOIN found AS f USING (app) LEFT JOIN named AS n USING (app)
GROUP BY a.app ORDER BY a.app
