-- Which sessions are the next part of a rebuild? In: began_from, began_before, slice of slices; temp table began. Out: temp table part. Grain: session.
CREATE OR REPLACE TEMP TABLE part AS
SELECT session, began_at, ended_at FROM began
WHERE began_at >= $began_from::TIMESTAMP AND began_at < $began_before::TIMESTAMP AND session % $slices::UBIGINT = $slice::UBIGINT
