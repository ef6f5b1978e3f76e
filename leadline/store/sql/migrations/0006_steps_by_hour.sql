-- Steps of runs that stand are added up by the first pass: all their hours are due.
INSERT INTO rollups.steps_due BY NAME SELECT DISTINCT date_trunc('hour', finished_at) AS starts_at FROM facts.runs WHERE monitor = 'journey';
