-- Which of some routes match a pattern? In: routes, pattern. Grain: route.
SELECT route FROM (SELECT unnest($routes::VARCHAR[]) AS route) WHERE route GLOB $pattern
