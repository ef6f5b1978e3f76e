-- Days that were removed before days were remembered: those that have sums and no beacon.
INSERT INTO rollups.retired BY NAME
SELECT a.app, c.starts_at::DATE AS day FROM rollups.hours AS c JOIN rollups.arms AS a ON a.arm = c.arm
EXCEPT SELECT app, received_at::DATE FROM facts.beacons
EXCEPT SELECT app, day FROM rollups.retired;
