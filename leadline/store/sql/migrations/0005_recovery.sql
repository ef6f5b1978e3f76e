-- Whether the figures that a rollback was about came back to their level. Null in rows from before.
ALTER TABLE facts.actions ADD COLUMN IF NOT EXISTS recovered_at TIMESTAMP;
ALTER TABLE facts.actions ADD COLUMN IF NOT EXISTS recovery VARCHAR;
