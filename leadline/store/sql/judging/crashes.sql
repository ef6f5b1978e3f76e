-- Which judged sessions crashed, and when did the browser report it? Made into the temporary table judged_crashes.
-- In: app, scan_from, until; judged_numbers. Grain: one row per report. Caution: a report has an id of its own and names the view that it speaks of in its attributes;
-- one that names none belongs to no session.
CREATE OR REPLACE TEMP TABLE judged_crashes AS
SELECT v.number, epoch_ms(b.received_at) AS received_ms
FROM facts.errors AS e
JOIN facts.beacons AS b ON b.log_file = e.log_file AND b.log_position = e.log_position
JOIN judged_numbers AS v ON v.page_view_id = json_extract_string(b.attributes, '$.reported_page_view_id')
WHERE b.app = $app AND b.sdk_name = 'reports' AND e.error_type = 'crash' AND b.received_at >= $scan_from::TIMESTAMP AND b.received_at < $until::TIMESTAMP
