-- Which number has the session of each page view? Made into the temporary table judged_numbers. In: judged_views, judged_sessions. Grain: page view of a session that is compared.
-- Caution: made once a reading, so that no entry of a session has to be joined by a text again.
CREATE OR REPLACE TEMP TABLE judged_numbers AS
SELECT v.page_view_id, v.began_at, s.number FROM judged_views AS v JOIN judged_sessions AS s ON s.session = v.session WHERE s.arm IS NOT NULL
