-- Which of the errors that are imported are not there yet? In: since; temp table incoming_errors. Grain: entry.
-- Caution: entries that are equal in all of these columns are told apart by how many there are.
CREATE OR REPLACE TEMP TABLE new_errors AS
WITH numbered AS (
    SELECT *, row_number() OVER (PARTITION BY app, page_view_id, occurred_at, error_type, message, fingerprint, count ORDER BY place) AS copy FROM incoming_errors),
there AS (
    SELECT app, page_view_id, occurred_at, error_type, message, fingerprint, count, count(*) AS copies
    FROM errors_since($since::TIMESTAMP)
    WHERE page_view_id IN (SELECT page_view_id FROM incoming_errors)
    GROUP BY ALL)
SELECT n.* EXCLUDE (copy)
FROM numbered AS n
LEFT JOIN there AS t ON t.app IS NOT DISTINCT FROM n.app AND t.page_view_id IS NOT DISTINCT FROM n.page_view_id AND t.occurred_at IS NOT DISTINCT FROM n.occurred_at AND t.error_type IS NOT DISTINCT FROM n.error_type AND t.message IS NOT DISTINCT FROM n.message AND t.fingerprint IS NOT DISTINCT FROM n.fingerprint AND t.count IS NOT DISTINCT FROM n.count
WHERE n.copy > coalesce(t.copies, 0)
