-- Which routes do users visit, how many of their views lack a version or vitals, and does any journey go there? For one app, over a day.
-- In: app, at. Grain: route (null where the page named none), the busiest first, at most 50.
-- Caution: a view has no vitals while it is young; `probe_views` are views of journeys, marked by their browser.
SELECT v.route, count(*) FILTER (v.user_agent_synthetic_type IS NULL)::BIGINT AS page_views,
       count(*) FILTER (v.user_agent_synthetic_type IS NULL AND coalesce(v.service_version, '') = '')::BIGINT AS page_views_without_version,
       count(*) FILTER (v.user_agent_synthetic_type IS NULL AND t.page_view_id IS NULL)::BIGINT AS page_views_without_vitals,
       count(*) FILTER (v.user_agent_synthetic_type = 'test')::BIGINT AS probe_views
FROM page_views_since($at::TIMESTAMP - INTERVAL 1 DAY) AS v
LEFT JOIN vitals_since($at::TIMESTAMP - INTERVAL 1 DAY) AS t ON t.app = v.app AND t.page_view_id = v.page_view_id
WHERE v.app = $app AND v.received_at < $at::TIMESTAMP
GROUP BY v.route HAVING page_views > 0 ORDER BY page_views DESC, v.route LIMIT 50
