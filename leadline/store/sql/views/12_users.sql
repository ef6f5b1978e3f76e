-- What did people experience? The views of the same names without probes and bots. Grain: as those views. Caution: as those.
CREATE OR REPLACE VIEW users_page_views AS SELECT * FROM page_views WHERE user_agent_synthetic_type IS NULL;
CREATE OR REPLACE VIEW users_vitals AS SELECT * FROM vitals WHERE user_agent_synthetic_type IS NULL;
CREATE OR REPLACE VIEW users_errors AS SELECT * FROM errors WHERE user_agent_synthetic_type IS NULL;
CREATE OR REPLACE VIEW users_events AS SELECT * FROM events WHERE user_agent_synthetic_type IS NULL;
CREATE OR REPLACE VIEW users_requests AS SELECT * FROM requests WHERE user_agent_synthetic_type IS NULL;
CREATE OR REPLACE VIEW users_sessions AS SELECT * FROM sessions WHERE user_agent_synthetic_type IS NULL;
