-- Where the time of a check went, and what a run saw that is not yet wrong. Null in rows from before.
ALTER TABLE facts.runs ADD COLUMN IF NOT EXISTS dns_ms DOUBLE;
ALTER TABLE facts.runs ADD COLUMN IF NOT EXISTS connect_ms DOUBLE;
ALTER TABLE facts.runs ADD COLUMN IF NOT EXISTS tls_ms DOUBLE;
ALTER TABLE facts.runs ADD COLUMN IF NOT EXISTS first_byte_ms DOUBLE;
ALTER TABLE facts.runs ADD COLUMN IF NOT EXISTS findings VARCHAR;
