-- Which views and sessions do the gathered beacons speak of beyond those asked for? Grain: one row per app, view and session not in `fresh`.
-- Caution: empty but where a view's beacons name several sessions, or one of them none; then what it names is gathered as well.
INSERT INTO fresh
SELECT DISTINCT app, page_view_id, session_id FROM gathered
EXCEPT SELECT app, page_view_id, session_id FROM fresh;
