-- How many beacons do the sessions have that began in each hour? In: temp table began. Grain: hour, in order.
SELECT date_trunc('hour', began_at) AS hour, sum(beacons)::BIGINT AS beacons FROM began GROUP BY ALL ORDER BY ALL
