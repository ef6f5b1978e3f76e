-- Under which measure numbers do the rollups keep these vitals? In: vitals. Grain: measure. Caution: a vital without any value has none.
SELECT measure, metric FROM rollups.measures WHERE metric IN (SELECT unnest($vitals::VARCHAR[]))
