-- When did each judged session have its first error? Made into the temporary table judged_errors.
-- In: app, scan_from. Grain: session. Caution: harmless ones (aborted requests, ResizeObserver) are no errors.
CREATE OR REPLACE TEMP TABLE judged_errors AS
SELECT coalesce(e.session_id, e.page_view_id) AS session, min(epoch_ms(e.received_at)) AS received_ms
FROM errors_since($scan_from::TIMESTAMP) AS e
SEMI JOIN judged_sessions AS s ON s.session = coalesce(e.session_id, e.page_view_id)
WHERE e.app = $app AND NOT e.is_harmless
GROUP BY ALL
