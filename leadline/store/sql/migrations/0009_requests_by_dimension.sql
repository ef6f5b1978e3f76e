-- Requests are summed by dimension, too. What stands is not: it is built anew from the rows, and days that lost rows have requests by no dimension.
INSERT INTO rollups.rebuild_due SELECT 'requests by dimension' WHERE EXISTS (SELECT 1 FROM rollups.measures WHERE metric = 'requests');
