-- What do beacons say of the vitals of each judged session's first view? In: app, scan_from, until, longest_ms (of all horizons). Grain: beacon, in the order of
-- sessions and statements. Caution: null is not known, never zero; `cls` in thousandths, as it is binned.
SELECT s.number, epoch_ms(b.received_at) AS received_ms, b.lcp_ms, b.inp_ms, b.cls * 1000 AS cls, b.fcp_ms, b.ttfb_ms
FROM judged_sessions AS s JOIN facts.beacons AS b ON b.page_view_id = s.page_view_id AND b.app = $app
WHERE s.arm IS NOT NULL AND b.has_vitals AND b.received_at >= $scan_from::TIMESTAMP AND b.received_at < $until::TIMESTAMP
  AND epoch_ms(b.received_at) <= s.started_ms + $longest_ms
ORDER BY s.number, b.ordering
