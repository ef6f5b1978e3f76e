-- Which numbers do the rollups know an app's versions by? In: app, versions, with_synthetic. Grain: arm. Caution: a version has one for each cohort and mark.
SELECT arm, app, service_version FROM rollups.arms
WHERE ($app::VARCHAR IS NULL OR app = $app) AND ($with_synthetic OR mark = 0)
  AND ($versions::VARCHAR[] IS NULL OR service_version IN (SELECT unnest($versions::VARCHAR[])))
