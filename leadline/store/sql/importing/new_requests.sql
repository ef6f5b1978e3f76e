-- Which of the requests that are imported are not there yet? In: since; temp table incoming_requests. Grain: entry.
-- Caution: entries that are equal in all of these columns are told apart by how many there are.
CREATE OR REPLACE TEMP TABLE new_requests AS
WITH numbered AS (
    SELECT *, row_number() OVER (PARTITION BY app, page_view_id, occurred_at, method, route, status_code, duration_ms, server_version, count ORDER BY place) AS copy FROM incoming_requests),
there AS (
    SELECT app, page_view_id, occurred_at, method, route, status_code, duration_ms, server_version, count, count(*) AS copies
    FROM requests_since($since::TIMESTAMP)
    WHERE page_view_id IN (SELECT page_view_id FROM incoming_requests)
    GROUP BY ALL)
SELECT n.* EXCLUDE (copy)
FROM numbered AS n
LEFT JOIN there AS t ON t.app IS NOT DISTINCT FROM n.app AND t.page_view_id IS NOT DISTINCT FROM n.page_view_id AND t.occurred_at IS NOT DISTINCT FROM n.occurred_at AND t.method IS NOT DISTINCT FROM n.method AND t.route IS NOT DISTINCT FROM n.route AND t.status_code IS NOT DISTINCT FROM n.status_code AND t.duration_ms IS NOT DISTINCT FROM n.duration_ms AND t.server_version IS NOT DISTINCT FROM n.server_version AND t.count IS NOT DISTINCT FROM n.count
WHERE n.copy > coalesce(t.copies, 0)
