-- How is each vital distributed, per version? For a drawing: bins of 10 % (from 1 ms on), of CLS 0.01 wide. In: since, app, versions, with_synthetic.
-- Grain: app, version, vital, bin. Caution: counts are sums of weights; empty bins are left out.
WITH told AS (
    SELECT app, coalesce(service_version, '(none)') AS service_version, weight, lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms
    FROM vitals_since($since::TIMESTAMP)
    WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR user_agent_synthetic_type IS NULL) AND weight > 0
      AND ($versions::VARCHAR[] IS NULL OR coalesce(service_version, '(none)') IN (SELECT unnest($versions::VARCHAR[])))),
valued AS (UNPIVOT told ON lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms INTO NAME vital VALUE value)
SELECT app, service_version, vital,
       CASE vital WHEN 'cls' THEN floor(value / 0.01) ELSE floor(ln(greatest(value, 1.0)) / ln(1.1)) END::BIGINT AS bin, sum(weight) AS weight
FROM valued
GROUP BY ALL
ORDER BY app, service_version, vital, bin
