-- Which numbers do the rollups know the vitals by? Grain: measure. Caution: a vital that nobody stated has none.
SELECT measure, metric FROM rollups.measures WHERE metric IN ('lcp_ms', 'inp_ms', 'cls', 'fcp_ms', 'ttfb_ms')
