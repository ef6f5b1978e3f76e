-- What do the rollups count of each version and slice, by session group? Page views, errors, sessions, KPIs, requests that failed.
-- In: since (a full hour), first_day and days_before (leadline/store/rollups/reading.py), app, versions, with_synthetic. Grain: version, metric, group.
-- Caution: a cell whose session counted earlier since `since` is left out: it would count twice.
WITH asked AS (
    SELECT arm, app, service_version FROM rollups.arms
    WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)
      AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[])))),
wanted AS (
    SELECT measure, metric, name FROM rollups.measures
    WHERE metric IN ('page_views', 'page_views_with_error', 'errors', 'harmless_errors', 'sessions', 'crossing_sessions', 'kpi_sessions', 'kpi_events')),
cells AS (
    SELECT arm, measure, session_group, n, weight, weight_squared, value FROM rollups.days
    WHERE starts_at >= $first_day::TIMESTAMP AND starts_at < $days_before::TIMESTAMP AND (previous IS NULL OR previous < $since::TIMESTAMP)
    UNION ALL
    SELECT arm, measure, session_group, n, weight, weight_squared, value FROM rollups.hours
    WHERE starts_at >= $since::TIMESTAMP AND (starts_at < $first_day::TIMESTAMP OR starts_at >= $days_before::TIMESTAMP)
      AND (previous IS NULL OR previous < $since::TIMESTAMP))
SELECT a.app, a.service_version, '' AS slice, w.metric, w.name, c.session_group, sum(c.n)::BIGINT AS n, sum(c.weight)::DOUBLE / 1e6 AS weight,
       sum(c.weight_squared)::DOUBLE / 1e3 AS squared_weight, sum(c.value)::DOUBLE AS value
FROM cells AS c JOIN asked AS a ON a.arm = c.arm JOIN wanted AS w ON w.measure = c.measure
GROUP BY ALL
HAVING sum(c.n) <> 0
