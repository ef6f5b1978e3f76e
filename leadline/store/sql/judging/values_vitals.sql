-- What were the vitals of each judged session's first view, as known at its horizon? In: app, within_ms, enters_ms, first_start_ms, first_minute, last_minute, scan_from.
-- Grain: session. Caution: what a later beacon says of the view is not looked at; null is not known, never zero.
SELECT (s.started_ms + $enters_ms) // 60000 AS minute, s.segment, s.arm,
       arg_max({'lcp_ms': b.lcp_ms, 'inp_ms': b.inp_ms, 'cls': b.cls * 1000, 'fcp_ms': b.fcp_ms, 'ttfb_ms': b.ttfb_ms}, b.ordering) AS vitals
FROM judged_segments AS s JOIN facts.beacons AS b ON b.page_view_id = s.page_view_id AND b.app = $app
WHERE b.has_vitals AND b.received_at >= $scan_from::TIMESTAMP AND epoch_ms(b.received_at) <= s.started_ms + $within_ms
  AND s.started_ms >= $first_start_ms AND (s.started_ms + $enters_ms) // 60000 BETWEEN $first_minute AND $last_minute
  AND (s.marked_ms IS NULL OR s.marked_ms > s.started_ms + $enters_ms)
GROUP BY s.session, minute, s.segment, s.arm
