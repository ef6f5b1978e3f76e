-- Is this version registered? In: app, version. Grain: one row.
SELECT count(*) > 0 AS is_registered FROM registered_versions WHERE app = $app AND service_version = $version
