-- Which versions were rolled back by then, and not deployed again since? In: app, until. Grain: version.
-- Caution: a hook whose target accepted counts, whether users were seen to get the old version or not yet; a drill does not.
WITH acted AS (
    SELECT service_version, max(executed_at) AS acted_at FROM actions
    WHERE app = $app AND executed_at < $until::TIMESTAMP AND state IN ('executed', 'verified') AND cause IN ('verdict', 'fallback', 'hand')
    GROUP BY service_version),
deployed AS (
    SELECT service_version, max(occurred_at) AS deployed_at FROM deployments
    WHERE app = $app AND occurred_at < $until::TIMESTAMP
    GROUP BY service_version)
SELECT a.service_version
FROM acted AS a LEFT JOIN deployed AS d ON d.service_version = a.service_version
WHERE d.deployed_at IS NULL OR d.deployed_at < a.acted_at
