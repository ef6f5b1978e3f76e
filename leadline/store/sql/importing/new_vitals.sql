-- Which of the vitals that are imported are not there yet? In: since; temp table incoming_vitals. Grain: app, page view.
CREATE OR REPLACE TEMP TABLE new_vitals AS
SELECT i.*
FROM incoming_vitals AS i
ANTI JOIN vitals_since($since::TIMESTAMP) AS v ON v.app = i.app AND v.page_view_id = i.page_view_id
QUALIFY row_number() OVER (PARTITION BY i.app, i.page_view_id ORDER BY i.received_at DESC, i.place) = 1
