-- What do beacons speak of, page views and reports of browsers alike? Dimensions of `errors`, `events` and `requests`; analysts read page_views.
-- In: since (of any beacon's received_at, less the lateness of 24 h), section (`errors`, `events`, `requests`: only views with entries there). Grain: one row per app and page_view_id.
-- Caution: also views whose first beacon arrived before `since`: an item may arrive long after its view. A browser's report (client `reports`)
-- names no view of ours; it stands here under an id of its own. An empty version or cohort is none.
-- Most views send one beacon: those cost no aggregate.
CREATE OR REPLACE MACRO facts.spoken_of_since(since, section := 'all') AS TABLE
WITH scoped AS (
    SELECT * FROM facts.beacons
    WHERE beacons.received_at >= since - INTERVAL 24 HOUR
      AND (section = 'all' OR page_view_id IN (
          SELECT page_view_id FROM facts.errors WHERE section = 'errors' AND errors.received_at >= since - INTERVAL 24 HOUR
          UNION ALL SELECT page_view_id FROM facts.events WHERE section = 'events' AND events.received_at >= since - INTERVAL 24 HOUR
          UNION ALL SELECT page_view_id FROM facts.requests WHERE section = 'requests' AND requests.received_at >= since - INTERVAL 24 HOUR))),
repeated AS (SELECT app, page_view_id FROM scoped GROUP BY app, page_view_id HAVING count(*) > 1)
SELECT occurred_at AS occurred_at,
       received_at,
       app,
       environment AS deployment_environment_name,
       nullif(service_version, '') AS service_version,
       nullif(cohort, '') AS cohort,
       session_id AS session_id,
       page_view_id,
       route AS route,
       url_path AS url_path,
       trace_id AS trace_id,
       CASE WHEN synthetic IN ('test', 'bot') THEN synthetic END AS user_agent_synthetic_type,
       country AS geo_country_iso_code,
       browser_name AS browser_name,
       device_type AS device_type,
       effective_connection_type AS effective_connection_type,
       sdk_name AS telemetry_sdk_name,
       attributes AS attributes,
       referrer_origin AS referrer_origin,
       navigation_type AS navigation_type,
       received_at AS last_received_at,
       coalesce(weight_millionths, 1000000) / 1e6 AS weight
FROM scoped ANTI JOIN repeated USING (app, page_view_id)
UNION ALL
SELECT arg_min(occurred_at, ordering) AS occurred_at,
       min(received_at) AS received_at,
       app,
       arg_min(environment, ordering) AS deployment_environment_name,
       arg_min(nullif(service_version, ''), ordering) AS service_version,
       arg_min(nullif(cohort, ''), ordering) AS cohort,
       arg_min(session_id, ordering) AS session_id,
       page_view_id,
       arg_max(route, ordering) AS route,
       arg_max(url_path, ordering) AS url_path,
       arg_min(trace_id, ordering) AS trace_id,
       CASE WHEN bool_or(synthetic = 'test') THEN 'test' WHEN bool_or(synthetic = 'bot') THEN 'bot' END AS user_agent_synthetic_type,
       arg_min(country, ordering) AS geo_country_iso_code,
       arg_min(browser_name, ordering) AS browser_name,
       arg_min(device_type, ordering) AS device_type,
       arg_max(effective_connection_type, ordering) AS effective_connection_type,
       arg_min(sdk_name, ordering) AS telemetry_sdk_name,
       arg_max(attributes, ordering) AS attributes,
       arg_min(referrer_origin, ordering) AS referrer_origin,
       arg_min(navigation_type, ordering) AS navigation_type,
       max(received_at) AS last_received_at,
       arg_min(coalesce(weight_millionths, 1000000), ordering) / 1e6 AS weight
FROM scoped SEMI JOIN repeated USING (app, page_view_id)
GROUP BY app, page_view_id;
-- Which pages were viewed, by whom, in which version?
-- In: since (of the view's first beacon's received_at). Grain: one row per app and page_view_id.
-- Caution: a view lasts at most the lateness of 24 h; a beacon that comes later than that is read as a view of its own when `since` falls between.
CREATE OR REPLACE MACRO page_views_since(since) AS TABLE
SELECT v.* FROM facts.spoken_of_since(since) AS v WHERE v.received_at >= since AND v.telemetry_sdk_name IS DISTINCT FROM 'reports';
CREATE OR REPLACE VIEW page_views AS SELECT * FROM page_views_since(TIMESTAMP '1971-01-01');
