-- Which versions did a deployment or a probe name? In: app (null: all). Grain: app and version. Caution: as of the last loaded change.
SELECT app, service_version, registered_at, is_deployed FROM registered_versions WHERE $app::VARCHAR IS NULL OR app = $app
