-- What went wrong with a version: critical incidents that name one, and rollback verdicts? For one app.
-- In: app, since, until (of its beginning). Grain: one row per incident or version rolled back.
-- Caution: a rollback's end is not known from its verdict, so it counts as a failure and not as a recovery.
SELECT service_version, occurred_at AS began_at, resolved_at AS ended_at FROM incidents
WHERE app = $app AND severity = 'critical' AND kind = 'failure' AND service_version IS NOT NULL
  AND occurred_at >= $since::TIMESTAMP AND occurred_at < $until::TIMESTAMP
UNION ALL
SELECT service_version, min(occurred_at), NULL FROM verdicts
WHERE app = $app AND verdict = 'rollback' AND occurred_at >= $since::TIMESTAMP AND occurred_at < $until::TIMESTAMP
GROUP BY service_version
