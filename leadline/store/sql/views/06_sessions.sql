-- Which sessions were there, and to which version does each belong? To the version and cohort of its first view, also where that one named none.
-- In: since (a session is here when a view of it first arrived, or an event of it, since then). Grain: one row per app and session_id (a view
-- without a session is one of its own), the whole of it: its first view is looked for up to 7 days before `since`.
-- Caution: `is_crossing` sessions saw more than one version; `user_agent_synthetic_type` is set when any view is marked.
-- Views that began in the same millisecond are told apart by their id, so that the same question has the same answer.
CREATE OR REPLACE MACRO sessions_since(since) AS TABLE
WITH active AS (
    SELECT app, coalesce(session_id, page_view_id) AS session_id FROM page_views_since(since)
    UNION
    SELECT app, coalesce(session_id, page_view_id) FROM events_since(since)),
named AS (
    SELECT b.app, b.page_view_id
    FROM facts.beacons AS b SEMI JOIN active AS a ON a.app = b.app AND a.session_id = coalesce(b.session_id, b.page_view_id)
    WHERE b.received_at >= since - INTERVAL 8 DAY),
seen AS (
    SELECT b.app, b.page_view_id,
           arg_min({'occurred_at': b.occurred_at, 'page_view_id': b.page_view_id}, b.ordering) AS place,
           arg_min(b.environment, b.ordering) AS environment, arg_min(coalesce(b.weight_millionths, 1000000), b.ordering) AS weight_millionths,
           arg_min(nullif(b.service_version, ''), b.ordering) AS service_version, arg_min(nullif(b.cohort, ''), b.ordering) AS cohort,
           coalesce(arg_min(b.session_id, b.ordering), b.page_view_id) AS session_id, min(b.received_at) AS received_at,
           arg_max(b.route, b.ordering) AS route, arg_min(b.device_type, b.ordering) AS device_type, arg_min(b.browser_name, b.ordering) AS browser_name,
           arg_min(b.country, b.ordering) AS country, arg_max(b.effective_connection_type, b.ordering) AS connection,
           max(CASE b.synthetic WHEN 'test' THEN 2 WHEN 'bot' THEN 1 END) AS mark
    FROM facts.beacons AS b
    SEMI JOIN named AS n ON n.app = b.app AND n.page_view_id = b.page_view_id
    WHERE b.received_at >= since - INTERVAL 8 DAY
    GROUP BY b.app, b.page_view_id
    HAVING arg_min(b.sdk_name, b.ordering) IS DISTINCT FROM 'reports')
SELECT min(place).occurred_at AS occurred_at, min(received_at) AS received_at, app,
       arg_min({'of': environment}, place).of AS deployment_environment_name,
       arg_min({'of': service_version}, place).of AS service_version,
       arg_min({'of': cohort}, place).of AS cohort,
       session_id,
       CASE max(mark) WHEN 2 THEN 'test' WHEN 1 THEN 'bot' END AS user_agent_synthetic_type,
       count(*)::BIGINT AS page_views,
       count(DISTINCT service_version) > 1 AS is_crossing,
       arg_min(weight_millionths, place) / 1e6 AS weight, arg_min({'of': route}, place).of AS route,
       arg_min({'of': device_type}, place).of AS device_type, arg_min({'of': browser_name}, place).of AS browser_name,
       arg_min({'of': country}, place).of AS geo_country_iso_code, arg_min({'of': connection}, place).of AS effective_connection_type
FROM seen SEMI JOIN active AS a USING (app, session_id)
GROUP BY app, session_id;
CREATE OR REPLACE VIEW sessions AS SELECT * FROM sessions_since(TIMESTAMP '1971-01-01');
