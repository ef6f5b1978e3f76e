-- Which numbers do the rollups know the vitals by? In: vitals. Grain: measure. Caution: a vital that nobody stated has none.
SELECT measure, metric FROM rollups.measures WHERE metric IN (SELECT unnest($vitals::VARCHAR[]))
