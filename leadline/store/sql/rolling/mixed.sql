-- Which views have beacons that name several sessions, or one of them none, and which session counts? In: part, parts; temp tables files and mixed.
-- Grain: app, page view. Caution: appended to the temp table mixed; looks at a part of all views, by hashes of ids: a view too many changes nothing.
INSERT INTO mixed
SELECT app, page_view_id, coalesce(arg_min(session_id, place), page_view_id)
FROM (SELECT b.app, b.page_view_id, b.session_id,
             row_number() OVER (PARTITION BY b.app, b.page_view_id ORDER BY b.ordering, b.log_file DESC, b.log_position DESC) AS place
      FROM facts.beacons AS b
      JOIN files AS f ON f.file = b.log_file AND b.log_position <= f.upto
      JOIN (SELECT hash(page_view_id) AS view FROM facts.beacons WHERE hash(page_view_id) % $parts = $part
            GROUP BY ALL
            HAVING min(hash(coalesce(session_id, ''))) <> max(hash(coalesce(session_id, '')))) AS several
        ON several.view = hash(b.page_view_id))
GROUP BY app, page_view_id
