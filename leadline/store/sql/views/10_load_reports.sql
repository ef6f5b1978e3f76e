-- What did the loader not take as it came? Grain: one row per day, app, reason and detail. Caution: a capped name is stored as '(other)'.
CREATE OR REPLACE VIEW load_reports AS
SELECT date_trunc('day', reported_at)::TIMESTAMP AS occurred_at, app, reason, detail, sum(amount)::BIGINT AS amount
FROM facts.load_reports GROUP BY ALL;
