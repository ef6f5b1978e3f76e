-- What did each view feel like? The newest `vitals` section of each view that stated one.
-- In: since (as page_views_since). Grain: one row per page view with vitals. Caution: a null vital is not known, never zero.
CREATE OR REPLACE MACRO vitals_since(since) AS TABLE
WITH told AS (
    SELECT app, page_view_id, ordering, log_file, log_position, lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms, vitals_attribution
    FROM facts.beacons
    WHERE has_vitals AND beacons.received_at >= since - INTERVAL 24 HOUR),
repeated AS (SELECT app, page_view_id FROM told GROUP BY app, page_view_id HAVING count(*) > 1),
newest AS (
    SELECT * FROM told ANTI JOIN repeated USING (app, page_view_id)
    UNION ALL
    SELECT * FROM told SEMI JOIN repeated USING (app, page_view_id)
    QUALIFY row_number() OVER (PARTITION BY app, page_view_id ORDER BY ordering DESC, log_file, log_position) = 1)
SELECT v.occurred_at, v.received_at, v.app, v.deployment_environment_name, v.service_version, v.cohort, v.session_id, v.page_view_id, v.route,
       v.url_path, v.trace_id, v.user_agent_synthetic_type, v.geo_country_iso_code, v.browser_name, v.device_type, v.effective_connection_type,
       v.telemetry_sdk_name, n.lcp_ms, n.inp_ms, n.cls, n.fcp_ms, n.ttfb_ms, n.vitals_attribution AS attributes, v.weight
FROM newest AS n JOIN page_views_since(since) AS v ON v.app = n.app AND v.page_view_id = n.page_view_id;
CREATE OR REPLACE VIEW vitals AS SELECT * FROM vitals_since(TIMESTAMP '1971-01-01');
