-- Which sessions were there, and to which version does each belong? It belongs to the version and cohort of its first view.
-- In: since (as page_views_since). Grain: one row per app and session_id (a view without a session is one of its own).
-- Caution: `is_crossing` sessions saw more than one version; `user_agent_synthetic_type` is set when any view is marked.
-- Views that began in the same millisecond are told apart by their id, so that the same question has the same answer.
CREATE OR REPLACE MACRO sessions_since(since) AS TABLE
SELECT min(occurred_at) AS occurred_at, min(received_at) AS received_at, app,
       arg_min(deployment_environment_name, place) AS deployment_environment_name,
       arg_min(service_version, place) AS service_version,
       arg_min(cohort, place) AS cohort,
       coalesce(session_id, page_view_id) AS session_id,
       CASE WHEN bool_or(user_agent_synthetic_type = 'test') THEN 'test' WHEN bool_or(user_agent_synthetic_type = 'bot') THEN 'bot' END
           AS user_agent_synthetic_type,
       count(*)::BIGINT AS page_views,
       count(DISTINCT service_version) > 1 AS is_crossing
FROM (SELECT *, {'occurred_at': occurred_at, 'page_view_id': page_view_id} AS place FROM page_views_since(since))
GROUP BY app, coalesce(session_id, page_view_id);
CREATE OR REPLACE VIEW sessions AS SELECT * FROM sessions_since(TIMESTAMP '1971-01-01');
