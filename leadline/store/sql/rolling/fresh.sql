-- Of which views and sessions is something new? In: file, rolled, upto. Grain: app, view, session. Caution: appended to the temp table fresh.
INSERT INTO fresh
SELECT DISTINCT app, page_view_id, session_id FROM facts.beacons WHERE log_file = $file AND log_position > $rolled AND log_position <= $upto
