-- What stands is removed, to be added up anew from the beacons. Grain: all. Caution: the folds never go back, so that days hold what they held;
-- the sums of a day of which retention removed raw rows stay.
DELETE FROM rollups.rebuild_due;
CREATE OR REPLACE TEMP TABLE kept AS SELECT a.arm, r.day FROM rollups.retired AS r JOIN rollups.arms AS a ON a.app = r.app;
DELETE FROM rollups.minutes AS c WHERE NOT EXISTS (SELECT 1 FROM kept AS k WHERE k.arm = c.arm AND k.day = c.starts_at::DATE);
DELETE FROM rollups.hours AS c WHERE NOT EXISTS (SELECT 1 FROM kept AS k WHERE k.arm = c.arm AND k.day = c.starts_at::DATE);
DELETE FROM rollups.chart_hours AS c WHERE NOT EXISTS (SELECT 1 FROM kept AS k WHERE k.arm = c.arm AND k.day = c.starts_at::DATE);
DELETE FROM rollups.days AS c WHERE NOT EXISTS (SELECT 1 FROM kept AS k WHERE k.arm = c.arm AND k.day = c.starts_at::DATE);
DELETE FROM rollups.dimension_hours AS c WHERE NOT EXISTS (SELECT 1 FROM kept AS k WHERE k.arm = c.arm AND k.day = c.starts_at::DATE);
DELETE FROM rollups.dimension_days AS c WHERE NOT EXISTS (SELECT 1 FROM kept AS k WHERE k.arm = c.arm AND k.day = c.starts_at::DATE);
