-- When did each session begin and end, by its beacons? For a rebuild, whose parts are sessions that began in the same hours. In: temp tables files and mixed.
-- Out: temp table began. Grain: session, as a hash of its id. Caution: two sessions with one hash are added up in the same part, which changes no sum;
-- beacons of days of which retention removed some are left out, since the sums of these days stay.
CREATE OR REPLACE TEMP TABLE began AS
SELECT hash(coalesce(m.session_id, b.session_id, b.page_view_id)) AS session, min(b.received_at) AS began_at, max(b.received_at) AS ended_at,
       count(*)::INTEGER AS beacons
FROM facts.beacons AS b
JOIN files AS f ON f.file = b.log_file AND b.log_position <= f.upto
LEFT JOIN mixed AS m ON m.app = b.app AND m.page_view_id = b.page_view_id
ANTI JOIN rollups.retired AS r ON r.app = b.app AND r.day = b.received_at::DATE
GROUP BY 1
