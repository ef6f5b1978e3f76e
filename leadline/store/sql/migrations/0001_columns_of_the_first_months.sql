-- Columns that came after the first stores were made. IF NOT EXISTS: stores from before numbers have some of them already.
ALTER TABLE facts.beacons ADD COLUMN IF NOT EXISTS weight_millionths BIGINT;
ALTER TABLE facts.beacons ADD COLUMN IF NOT EXISTS errors_from INTEGER;
ALTER TABLE facts.beacons ADD COLUMN IF NOT EXISTS events_from INTEGER;
ALTER TABLE facts.beacons ADD COLUMN IF NOT EXISTS requests_from INTEGER;
ALTER TABLE facts.errors ADD COLUMN IF NOT EXISTS is_harmless BOOLEAN;
ALTER TABLE facts.incidents ADD COLUMN IF NOT EXISTS kind VARCHAR;
ALTER TABLE facts.notifications ADD COLUMN IF NOT EXISTS kind VARCHAR;
ALTER TABLE facts.notifications ADD COLUMN IF NOT EXISTS level VARCHAR;
ALTER TABLE facts.notifications ADD COLUMN IF NOT EXISTS due_at TIMESTAMP;
ALTER TABLE facts.deployments ADD COLUMN IF NOT EXISTS committed_at TIMESTAMP;
ALTER TABLE facts.verdicts ADD COLUMN IF NOT EXISTS stage VARCHAR;
ALTER TABLE facts.verdicts ADD COLUMN IF NOT EXISTS sentence VARCHAR;
ALTER TABLE facts.verdicts ADD COLUMN IF NOT EXISTS may_act BOOLEAN;
