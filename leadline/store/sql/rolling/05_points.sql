-- What do the gathered views and sessions add to each measure, and what did they add before? Rolled up by 06_add.sql.
-- Grain: side, measure, and view, or session and minute. Caution: a row of side -1 takes away what stands; `previous` is of the session (of its event);
-- what has weight 0 is counted among views and errors alone.
-- Views count in their own version and dimensions, sessions and events in those of the session's first view.
INSERT INTO rollups.arms
SELECT (SELECT coalesce(max(arm), 0) FROM rollups.arms) + row_number() OVER (), *
FROM (SELECT DISTINCT app, service_version, cohort, mark FROM rolling_views
      UNION SELECT DISTINCT app, service_version, cohort, mark FROM rolling_sessions
      EXCEPT SELECT app, service_version, cohort, mark FROM rollups.arms);

INSERT INTO rollups.measures
SELECT (SELECT coalesce(max(measure), 0) FROM rollups.measures) + row_number() OVER (), *
FROM (SELECT unnest(['page_views', 'page_views_with_error', 'errors', 'harmless_errors', 'lcp_ms', 'inp_ms', 'cls', 'fcp_ms', 'ttfb_ms', 'sessions',
                     'crossing_sessions']) AS metric, NULL::VARCHAR AS name, NULL::VARCHAR AS method
      UNION SELECT m.metric, e.name, NULL FROM (SELECT DISTINCT name FROM rolling_events) AS e, (VALUES ('kpi_sessions'), ('kpi_events')) AS m(metric)
      UNION SELECT m.metric, r.route, r.method FROM (SELECT DISTINCT route, method FROM rolling_requests) AS r,
                   (VALUES ('requests'), ('request_ms'), ('requests_failed')) AS m(metric)
      EXCEPT SELECT metric, name, method FROM rollups.measures);

INSERT INTO rollups.facets
SELECT (SELECT coalesce(max(facet), 0) FROM rollups.facets) + row_number() OVER (), *
FROM (SELECT DISTINCT 'route', route FROM rolling_views UNION SELECT DISTINCT 'device_type', device_type FROM rolling_views
      UNION SELECT DISTINCT 'browser_name', browser_name FROM rolling_views UNION SELECT DISTINCT 'country', country FROM rolling_views
      UNION SELECT DISTINCT 'connection', connection FROM rolling_views
      EXCEPT SELECT dimension, value FROM rollups.facets);

CREATE OR REPLACE TEMP TABLE viewed AS
SELECT v.side, v.minute, v.app, v.page_view_id, a.arm, s.session_group, f1.facet AS route, f2.facet AS device_type, f3.facet AS browser_name,
       f4.facet AS country, f5.facet AS connection, v.weight, rollups.squared(v.weight) AS weight_squared, coalesce(e.errors, 0) AS errors,
       coalesce(e.harmless, 0) AS harmless, v.lcp_bin, v.inp_bin, v.cls_bin, v.fcp_bin, v.ttfb_bin
FROM rolling_views AS v
JOIN rolling_sessions AS s ON s.side = v.side AND s.app = v.app AND s.session_id = v.session_id
JOIN rollups.arms AS a ON a.app = v.app AND a.service_version = v.service_version AND a.cohort = v.cohort AND a.mark = v.mark
JOIN rollups.facets AS f1 ON f1.dimension = 'route' AND f1.value = v.route
JOIN rollups.facets AS f2 ON f2.dimension = 'device_type' AND f2.value = v.device_type
JOIN rollups.facets AS f3 ON f3.dimension = 'browser_name' AND f3.value = v.browser_name
JOIN rollups.facets AS f4 ON f4.dimension = 'country' AND f4.value = v.country
JOIN rollups.facets AS f5 ON f5.dimension = 'connection' AND f5.value = v.connection
LEFT JOIN rolling_errors AS e ON e.side = v.side AND e.app = v.app AND e.page_view_id = v.page_view_id;

CREATE OR REPLACE TEMP TABLE attended AS
WITH counted AS (
    SELECT side, app, session_id, NULL::VARCHAR AS name, minute, 0::BIGINT AS events, NULL::DOUBLE AS value
    FROM (SELECT side, app, session_id, minute FROM rolling_views UNION SELECT side, app, session_id, minute FROM rolling_events)
    UNION ALL
    SELECT side, app, session_id, name, minute, count(*)::BIGINT, sum(value) FROM rolling_events GROUP BY ALL)
SELECT c.side, c.minute, a.arm, s.session_group, f1.facet AS route, f2.facet AS device_type, f3.facet AS browser_name, f4.facet AS country,
       f5.facet AS connection, s.weight, rollups.squared(s.weight) AS weight_squared, s.is_crossing, c.name, c.events, c.value,
       lag(c.minute) OVER (PARTITION BY c.side, c.app, c.session_id, c.name ORDER BY c.minute) AS previous
FROM counted AS c
JOIN rolling_sessions AS s ON s.side = c.side AND s.app = c.app AND s.session_id = c.session_id
JOIN rollups.arms AS a ON a.app = s.app AND a.service_version = s.service_version AND a.cohort = s.cohort AND a.mark = s.mark
JOIN rollups.facets AS f1 ON f1.dimension = 'route' AND f1.value = s.route
JOIN rollups.facets AS f2 ON f2.dimension = 'device_type' AND f2.value = s.device_type
JOIN rollups.facets AS f3 ON f3.dimension = 'browser_name' AND f3.value = s.browser_name
JOIN rollups.facets AS f4 ON f4.dimension = 'country' AND f4.value = s.country
JOIN rollups.facets AS f5 ON f5.dimension = 'connection' AND f5.value = s.connection;

CREATE OR REPLACE TEMP TABLE points AS
WITH of_views AS (
    SELECT *, 'page_views' AS metric, NULL::VARCHAR AS name, NULL::VARCHAR AS method, NULL::SMALLINT AS bin, 1::BIGINT AS amount FROM viewed
    UNION ALL SELECT *, 'page_views_with_error', NULL, NULL, NULL, 1 FROM viewed WHERE errors > 0
    UNION ALL SELECT *, 'errors', NULL, NULL, NULL, errors FROM viewed WHERE errors > 0
    UNION ALL SELECT *, 'harmless_errors', NULL, NULL, NULL, harmless FROM viewed WHERE harmless > 0
    UNION ALL SELECT *, 'lcp_ms', NULL, NULL, lcp_bin, 1 FROM viewed WHERE lcp_bin IS NOT NULL AND weight > 0
    UNION ALL SELECT *, 'inp_ms', NULL, NULL, inp_bin, 1 FROM viewed WHERE inp_bin IS NOT NULL AND weight > 0
    UNION ALL SELECT *, 'cls', NULL, NULL, cls_bin, 1 FROM viewed WHERE cls_bin IS NOT NULL AND weight > 0
    UNION ALL SELECT *, 'fcp_ms', NULL, NULL, fcp_bin, 1 FROM viewed WHERE fcp_bin IS NOT NULL AND weight > 0
    UNION ALL SELECT *, 'ttfb_ms', NULL, NULL, ttfb_bin, 1 FROM viewed WHERE ttfb_bin IS NOT NULL AND weight > 0
    UNION ALL SELECT v.*, 'requests', r.route, r.method, NULL, r.count FROM viewed AS v JOIN rolling_requests AS r USING (side, app, page_view_id)
    UNION ALL SELECT v.*, 'request_ms', r.route, r.method, r.bin, r.count FROM viewed AS v JOIN rolling_requests AS r USING (side, app, page_view_id)
              WHERE r.bin IS NOT NULL AND v.weight > 0
    UNION ALL SELECT v.*, 'requests_failed', r.route, r.method, NULL, r.count FROM viewed AS v JOIN rolling_requests AS r USING (side, app, page_view_id)
              WHERE r.status_code = 0 OR r.status_code >= 500),
of_sessions AS (
    SELECT *, 'sessions' AS metric FROM attended WHERE name IS NULL AND weight > 0
    UNION ALL SELECT *, 'crossing_sessions' FROM attended WHERE name IS NULL AND is_crossing AND weight > 0
    UNION ALL SELECT *, 'kpi_sessions' FROM attended WHERE name IS NOT NULL AND weight > 0),
named AS (
    SELECT side, minute, arm, session_group, route, device_type, browser_name, country, connection, metric, name, method, bin, NULL::TIMESTAMP AS previous,
           amount, weight, weight_squared, NULL::DECIMAL(38, 6) AS value
    FROM of_views
    UNION ALL
    SELECT side, minute, arm, session_group, route, device_type, browser_name, country, connection, metric, name, NULL, NULL, previous, 1, weight,
           weight_squared, NULL
    FROM of_sessions
    UNION ALL
    SELECT side, minute, arm, session_group, route, device_type, browser_name, country, connection, 'kpi_events', name, NULL, NULL, NULL, events, weight,
           weight_squared, try_cast(value * weight / 1000000 AS DECIMAL(38, 6))
    FROM attended WHERE name IS NOT NULL AND weight > 0)
SELECT p.minute, p.arm, m.measure, p.session_group, p.route, p.device_type, p.browser_name, p.country, p.connection, p.bin, p.previous,
       p.side * p.amount AS n, p.side * p.amount * p.weight AS weight, p.side * p.amount * p.weight_squared AS weight_squared, p.side * p.value AS value
FROM named AS p JOIN rollups.measures AS m ON m.metric = p.metric AND m.name IS NOT DISTINCT FROM p.name AND m.method IS NOT DISTINCT FROM p.method;
