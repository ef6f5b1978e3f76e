-- Which versions of an app are registered? In: app. Grain: version.
SELECT service_version FROM registered_versions WHERE app = $app
