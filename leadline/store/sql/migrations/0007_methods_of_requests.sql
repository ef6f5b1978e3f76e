-- Requests are summed by method and route. What stands knows no methods: it is built anew from the rows, and days that lost rows keep sums of all methods.
ALTER TABLE rollups.measures ADD COLUMN IF NOT EXISTS method VARCHAR;
INSERT INTO rollups.rebuild_due SELECT 'requests by method' WHERE EXISTS (SELECT 1 FROM rollups.measures WHERE metric = 'requests');
