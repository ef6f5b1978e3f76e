-- Which versions were registered by then, and since when? In: app, until. Grain: version.
SELECT service_version, true AS is_registered, registered_at AS known_at FROM registered_versions
WHERE app = $app AND registered_at < $until::TIMESTAMP
