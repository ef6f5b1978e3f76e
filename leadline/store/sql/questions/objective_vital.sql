-- How many page views of users stated this vital, and how many were not under the threshold, minute by minute? Indicator `vital:NAME<T`.
-- In: since, until, app, name (of the vital), threshold. Grain: minute of the view's received_at, version of the view.
-- Caution: a view that never stated the vital is no valid event; a value equal to the threshold is bad. Each view counts by its weight.
WITH stated AS (
    SELECT received_at, service_version, weight,
           CASE $name WHEN 'lcp_ms' THEN lcp_ms WHEN 'inp_ms' THEN inp_ms WHEN 'cls' THEN cls WHEN 'fcp_ms' THEN fcp_ms WHEN 'ttfb_ms' THEN ttfb_ms END
               AS value
    FROM vitals_since($since::TIMESTAMP) WHERE app = $app AND received_at < $until::TIMESTAMP AND user_agent_synthetic_type IS NULL)
SELECT date_trunc('minute', received_at) AS starts_at, coalesce(service_version, '(none)') AS service_version,
       sum(weight) AS valid, coalesce(sum(weight) FILTER (value >= $threshold), 0) AS bad
FROM stated WHERE value IS NOT NULL GROUP BY ALL
