-- What do rows mean that leave something out, or happened after they arrived? In: temp tables incoming_... Caution: each statement names its one table; those of other tables are not run.
UPDATE incoming_page_views SET occurred_at = received_at WHERE occurred_at IS NULL OR occurred_at > received_at;
UPDATE incoming_vitals SET occurred_at = received_at WHERE occurred_at IS NULL OR occurred_at > received_at;
UPDATE incoming_errors SET occurred_at = least(occurred_at, received_at), count = coalesce(count, 1) WHERE occurred_at IS NULL OR occurred_at > received_at OR count IS NULL;
UPDATE incoming_events SET occurred_at = received_at WHERE occurred_at IS NULL OR occurred_at > received_at;
UPDATE incoming_requests SET occurred_at = least(occurred_at, received_at), count = coalesce(count, 1) WHERE occurred_at IS NULL OR occurred_at > received_at OR count IS NULL;
UPDATE incoming_journey_runs SET occurred_at = received_at WHERE occurred_at IS NULL;
UPDATE incoming_checks SET occurred_at = received_at WHERE occurred_at IS NULL;
UPDATE incoming_steps SET occurred_at = received_at WHERE occurred_at IS NULL;
UPDATE incoming_steps SET ordinal = (SELECT count(*) FROM incoming_steps AS e WHERE e.run_id = incoming_steps.run_id AND (e.occurred_at, e.place) < (incoming_steps.occurred_at, incoming_steps.place)) WHERE ordinal IS NULL;
UPDATE incoming_deployments SET deployment_id = 'imported-' || md5(concat_ws(' ', app, service_version, coalesce(cohort, ''), occurred_at::VARCHAR)) WHERE deployment_id IS NULL;
UPDATE incoming_incidents SET opened_at = occurred_at WHERE opened_at IS NULL;
UPDATE incoming_notifications SET attempts = 0 WHERE attempts IS NULL;
