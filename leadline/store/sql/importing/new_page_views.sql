-- Which of the page views that are imported are not there yet? In: since; temp table incoming_page_views. Grain: app, page view.
-- Caution: a view that the store knows from earlier on is there already, whatever else is said of it now.
CREATE OR REPLACE TEMP TABLE new_page_views AS
SELECT i.*
FROM incoming_page_views AS i
ANTI JOIN page_views_since($since::TIMESTAMP) AS v ON v.app = i.app AND v.page_view_id = i.page_view_id AND v.received_at <= i.received_at
QUALIFY row_number() OVER (PARTITION BY i.app, i.page_view_id ORDER BY i.received_at, i.place) = 1
