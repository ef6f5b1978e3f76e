-- How many sessions of users had time for this KPI, and how many did not have it, minute by minute? Indicator `kpi:NAME`.
-- In: since, until, app, name (of the event), threshold (the session's time, in seconds). Grain: minute in which that time ended, version of the session.
-- Caution: a session that is younger than its time has not failed yet; it is no valid event until then. Each session counts by its weight.
WITH started AS (
    SELECT session_id, service_version, weight, received_at + to_seconds($threshold::BIGINT) AS ended_at
    FROM sessions_since($since::TIMESTAMP) WHERE app = $app AND user_agent_synthetic_type IS NULL AND received_at >= $since::TIMESTAMP),
done AS (
    SELECT coalesce(session_id, page_view_id) AS session_id, min(received_at) AS done_at
    FROM events_since($since::TIMESTAMP) WHERE app = $app AND name = $name GROUP BY ALL)
SELECT date_trunc('minute', s.ended_at) AS starts_at, coalesce(s.service_version, '(none)') AS service_version,
       sum(s.weight) AS valid, coalesce(sum(s.weight) FILTER (d.session_id IS NULL OR d.done_at > s.ended_at), 0) AS bad
FROM started AS s LEFT JOIN done AS d ON d.session_id = s.session_id
WHERE s.ended_at < $until::TIMESTAMP
GROUP BY ALL
