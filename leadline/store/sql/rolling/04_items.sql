-- Which errors, events and requests do the gathered views have? The same statements as in sql/views, for both sides.
-- Grain: side, app, page view (errors, summed), side and entry (events, requests). Caution: nothing of a report.
CREATE OR REPLACE TEMP TABLE rolling_errors AS
WITH stated AS (
    SELECT side, app, page_view_id, log_file, log_position,
           min(coalesce(errors_from, 0)) OVER (PARTITION BY side, app, page_view_id ORDER BY place DESC
                                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS stated_anew_from
    FROM sided WHERE has_errors)
SELECT s.side, s.app, s.page_view_id, coalesce(sum(rollups.capped(i.count)) FILTER (i.is_harmless IS NOT true), 0)::BIGINT AS errors,
       coalesce(sum(rollups.capped(i.count)) FILTER (i.is_harmless), 0)::BIGINT AS harmless
FROM stated AS s JOIN facts.errors AS i ON i.log_file = s.log_file AND i.log_position = s.log_position
WHERE s.stated_anew_from IS NULL OR i.ordinal < s.stated_anew_from
GROUP BY s.side, s.app, s.page_view_id;

CREATE OR REPLACE TEMP TABLE rolling_events AS
WITH stated AS (
    SELECT side, app, page_view_id, log_file, log_position,
           min(coalesce(events_from, 0)) OVER (PARTITION BY side, app, page_view_id ORDER BY place DESC
                                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS stated_anew_from
    FROM sided WHERE has_events),
entries AS (
    SELECT s.*, i.ordinal, i.name, i.value,
           min(i.received_at) OVER (PARTITION BY s.side, s.app, s.page_view_id, i.ordinal, i.name) AS first_received_at
    FROM stated AS s JOIN facts.events AS i ON i.log_file = s.log_file AND i.log_position = s.log_position)
SELECT e.side, e.app, v.session_id, date_trunc('minute', e.first_received_at) AS minute, e.name, e.value
FROM entries AS e JOIN rolling_views AS v ON v.side = e.side AND v.app = e.app AND v.page_view_id = e.page_view_id
WHERE e.stated_anew_from IS NULL OR e.ordinal < e.stated_anew_from;

CREATE OR REPLACE TEMP TABLE rolling_requests AS
WITH stated AS (
    SELECT side, app, page_view_id, log_file, log_position,
           min(coalesce(requests_from, 0)) OVER (PARTITION BY side, app, page_view_id ORDER BY place DESC
                                                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS stated_anew_from
    FROM sided WHERE has_requests)
SELECT s.side, s.app, s.page_view_id, i.route, rollups.method_name(i.method) AS method, i.status_code, rollups.bin_of(i.duration_ms, 1.0) AS bin, rollups.capped(i.count) AS count
FROM stated AS s JOIN facts.requests AS i ON i.log_file = s.log_file AND i.log_position = s.log_position
WHERE s.stated_anew_from IS NULL OR i.ordinal < s.stated_anew_from;
