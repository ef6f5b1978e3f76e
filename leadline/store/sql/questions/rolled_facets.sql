-- Which numbers do the rollups know a dimension's values by? In: dimension. Grain: facet. Caution: what is not known is (none).
SELECT facet, value FROM rollups.facets WHERE dimension = $dimension
