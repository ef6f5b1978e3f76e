-- Which sessions count for a canary and its baseline, since when, and what is each like? Made into the temporary table judged_sessions.
-- In: is_split (all users, to be put into arms by split.sql), app, lookback (where a session's start is looked for), scan_from and until (of its start), and of each arm a version or a cohort (the other null).
-- Grain: one row per session of either arm. A session begins with its first beacon, by our clock; its version, cohort, device and network are those of its
-- first view, of the views that arrived within its first minute (what arrives later changes no block any more).
-- Caution: never synthetic, never bots, no session that was kept only for its errors (weight 0); weights are not used, each session counts once.
CREATE OR REPLACE TEMP TABLE judged_sessions AS
WITH views AS MATERIALIZED (
    SELECT coalesce(session_id, page_view_id) AS session, page_view_id, occurred_at, received_at, service_version, cohort, device_type,
           browser_name, geo_country_iso_code, effective_connection_type, user_agent_synthetic_type, weight
    FROM page_views_since($lookback::TIMESTAMP)
    WHERE app = $app AND received_at < $until::TIMESTAMP),
begun AS (
    SELECT session, min(received_at) AS started_at
    FROM views GROUP BY session
    HAVING min(received_at) >= $scan_from::TIMESTAMP AND NOT bool_or(user_agent_synthetic_type IS NOT NULL)),
firsts AS (
    SELECT b.session, b.started_at,
           arg_min({'page_view_id': v.page_view_id, 'version': v.service_version, 'cohort': v.cohort, 'device_type': v.device_type,
                    'browser_name': v.browser_name, 'country': v.geo_country_iso_code, 'connection': v.effective_connection_type, 'weight': v.weight},
                   {'occurred_at': v.occurred_at, 'page_view_id': v.page_view_id}) AS f
    FROM views AS v JOIN begun AS b ON b.session = v.session
    WHERE v.received_at <= b.started_at + INTERVAL 1 MINUTE
    GROUP BY b.session, b.started_at),
armed AS (
    SELECT *, CASE WHEN $is_split THEN 0 WHEN coalesce(f.version, '(none)') = $canary_version::VARCHAR OR f.cohort = $canary_cohort::VARCHAR THEN 0
                   WHEN coalesce(f.version, '(none)') = $baseline_version::VARCHAR OR f.cohort = $baseline_cohort::VARCHAR THEN 1 END AS arm
    FROM firsts WHERE f.weight > 0)
SELECT session, f.page_view_id AS page_view_id, started_at, epoch_ms(started_at) AS started_ms, arm::TINYINT AS arm, coalesce(f.version, '(none)') AS service_version,
       coalesce(f.device_type, 'unknown') AS device_type, coalesce(f.browser_name, 'unknown') AS browser_name,
       coalesce(f.country, 'unknown') AS geo_country_iso_code, coalesce(f.connection, 'unknown') AS effective_connection_type
FROM armed WHERE arm IS NOT NULL
