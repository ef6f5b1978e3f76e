-- Which versions did a deployment or a probe name? Others are shown, marked so, and never make the machine act.
-- Grain: one row per app and version. Caution: a version that is not here may still stand in page_views.
CREATE OR REPLACE VIEW registered_versions AS
SELECT app, service_version, min(registered_at) AS registered_at, bool_or(is_deployed) AS is_deployed
FROM facts.registrations
GROUP BY app, service_version;
