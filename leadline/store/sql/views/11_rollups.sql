-- How is a value put into a bin, a weight squared, a mark named? For the rollups. Grain: one value each.
-- Caution: a bin is 2 % wide on a log scale from `unit` on; bin 0 is what lies below it, and bin k starts at unit * 1.02^(k-1).
CREATE OR REPLACE MACRO rollups.bin_of(value, unit) AS
    CASE WHEN value IS NULL THEN NULL WHEN value < unit THEN 0 ELSE 1 + floor(ln(least(value, unit * 1e9) / unit) / ln(1.02)) END::SMALLINT;
-- In thousandths, of a weight in millionths: a sum of them holds 90 million views of the largest weight.
CREATE OR REPLACE MACRO rollups.squared(weight) AS (weight // 1000) * (weight // 1000) // 1000;
CREATE OR REPLACE MACRO rollups.mark_name(mark) AS CASE mark WHEN 2 THEN 'test' WHEN 1 THEN 'bot' END;
-- The connections that browsers name; a page may write anything.
CREATE OR REPLACE MACRO rollups.connection_name(told) AS
    CASE WHEN told IS NULL OR told = '' THEN '(none)' WHEN told IN ('slow-2g', '2g', '3g', '4g') THEN told ELSE '(other)' END;
