-- Which versions can be compared when none is named? In: app, since, until. Grain: version; registered ones, and those with at least 1 % of the page views.
-- Caution: anybody can invent a version (a page's key is public); a registered one is to be preferred.
WITH viewed AS (
    SELECT service_version, min(received_at) AS first_at, count(*) AS page_views FROM page_views_since($since::TIMESTAMP)
    WHERE app = $app AND received_at < $until::TIMESTAMP AND user_agent_synthetic_type IS NULL AND service_version IS NOT NULL
      AND service_version <> '(other)'
    GROUP BY service_version),
often AS (SELECT * FROM viewed WHERE page_views * 100 >= (SELECT sum(page_views) FROM viewed))
SELECT coalesce(r.service_version, v.service_version) AS service_version, r.service_version IS NOT NULL AS is_registered,
       coalesce(r.registered_at, v.first_at) AS known_at
FROM (SELECT service_version, registered_at FROM registered_versions WHERE app = $app AND registered_at < $until::TIMESTAMP) AS r
FULL JOIN often AS v ON v.service_version = r.service_version
