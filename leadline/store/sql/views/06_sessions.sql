-- Which sessions were there, and to which version does each belong? To the version and cohort of its first view, also where that one named none.
-- In: since (a session is here when a view of it first arrived, or an event of it, since then), with_event (only sessions that caused an event of
-- that name since then). Grain: one row per app and session_id (a view
-- without a session is one of its own), the whole of it: its first view is looked for up to 7 days before `since`.
-- Caution: `is_crossing` sessions saw more than one version; `user_agent_synthetic_type` is set when any view is marked.
-- Views that began in the same millisecond are told apart by their id, so that the same question has the same answer.
CREATE OR REPLACE MACRO sessions_since(since, with_event := NULL) AS TABLE
WITH active AS (
    SELECT app, coalesce(session_id, page_view_id) AS session_id FROM page_views_since(since) WHERE with_event IS NULL
    UNION
    SELECT app, coalesce(session_id, page_view_id) FROM events_since(since) WHERE with_event IS NULL OR name = with_event),
named AS (
    SELECT b.app, b.page_view_id
    FROM facts.beacons AS b SEMI JOIN active AS a ON a.app = b.app AND a.session_id = coalesce(b.session_id, b.page_view_id)
    WHERE b.received_at >= since - INTERVAL 8 DAY),
scoped AS (
    SELECT b.*, CASE b.synthetic WHEN 'test' THEN 2 WHEN 'bot' THEN 1 END AS mark
    FROM facts.beacons AS b SEMI JOIN named AS n ON n.app = b.app AND n.page_view_id = b.page_view_id
    WHERE b.received_at >= since - INTERVAL 8 DAY),
repeated AS (SELECT app, page_view_id FROM scoped GROUP BY app, page_view_id HAVING count(*) > 1),
seen AS (
    SELECT app, page_view_id, coalesce(session_id, page_view_id) AS session_id, occurred_at, received_at, environment,
           nullif(service_version, '') AS service_version, nullif(cohort, '') AS cohort, coalesce(weight_millionths, 1000000) AS weight_millionths,
           route, device_type, browser_name, country, effective_connection_type AS connection, mark
    FROM scoped ANTI JOIN repeated USING (app, page_view_id)
    WHERE sdk_name IS DISTINCT FROM 'reports'
    UNION ALL
    SELECT app, page_view_id, coalesce(arg_min(session_id, ordering), page_view_id), arg_min(occurred_at, ordering), min(received_at),
           arg_min(environment, ordering), arg_min(nullif(service_version, ''), ordering), arg_min(nullif(cohort, ''), ordering),
           arg_min(coalesce(weight_millionths, 1000000), ordering), arg_max(route, ordering), arg_min(device_type, ordering),
           arg_min(browser_name, ordering), arg_min(country, ordering), arg_max(effective_connection_type, ordering), max(mark)
    FROM scoped SEMI JOIN repeated USING (app, page_view_id)
    GROUP BY app, page_view_id
    HAVING arg_min(sdk_name, ordering) IS DISTINCT FROM 'reports'),
begun AS (
    SELECT app, session_id, min(received_at) AS received_at, max(mark) AS mark, count(*)::BIGINT AS page_views,
           min(service_version) IS DISTINCT FROM max(service_version) AS is_crossing,
           arg_min({'occurred_at': occurred_at, 'environment': environment, 'service_version': service_version, 'cohort': cohort,
                    'weight_millionths': weight_millionths, 'route': route, 'device_type': device_type, 'browser_name': browser_name,
                    'country': country, 'connection': connection}, {'occurred_at': occurred_at, 'page_view_id': page_view_id}) AS first
    FROM seen SEMI JOIN active USING (app, session_id)
    GROUP BY app, session_id)
SELECT first.occurred_at AS occurred_at, received_at, app, first.environment AS deployment_environment_name,
       first.service_version AS service_version, first.cohort AS cohort, session_id,
       CASE mark WHEN 2 THEN 'test' WHEN 1 THEN 'bot' END AS user_agent_synthetic_type, page_views, is_crossing,
       first.weight_millionths / 1e6 AS weight, first.route AS route, first.device_type AS device_type, first.browser_name AS browser_name,
       first.country AS geo_country_iso_code, first.connection AS effective_connection_type
FROM begun;
CREATE OR REPLACE VIEW sessions AS SELECT * FROM sessions_since(TIMESTAMP '1971-01-01');
