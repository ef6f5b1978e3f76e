-- Who changed which flag, when and why? Grain: one row per change.
-- Caution: a flag that only leadline.toml has and that never changed since it was first seen has one row, 'configured'.
CREATE OR REPLACE VIEW flag_changes AS
SELECT changed_at AS occurred_at, app, environment AS deployment_environment_name, flag, action, variant, reach, changed_by, reason, change_id
FROM facts.flag_changes QUALIFY row_number() OVER (PARTITION BY change_id ORDER BY change_position DESC) = 1;
