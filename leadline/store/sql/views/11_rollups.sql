-- How is a value put into a bin, a weight squared, a mark named? For the rollups. Grain: one value each.
-- Caution: a bin is 2 % wide on a log scale from `unit` on; bin 0 is what lies below it, and bin k starts at unit * 1.02^(k-1).
CREATE OR REPLACE MACRO rollups.bin_of(value, unit) AS
    CASE WHEN value IS NULL THEN NULL WHEN value < unit THEN 0 ELSE 1 + floor(ln(least(value, unit * 1e9) / unit) / ln(1.02)) END::SMALLINT;
-- In thousandths, of a weight in millionths: a sum of them holds 90 million views of the largest weight.
CREATE OR REPLACE MACRO rollups.squared(weight) AS (weight // 1000) * (weight // 1000) // 1000;
-- How often an entry counts: a loop that fails a million times in one view is one fault, and sums of it by weight must fit a BIGINT.
CREATE OR REPLACE MACRO rollups.capped(count) AS least(greatest(count, 0), 1000);
-- The connections that browsers name; a page may write anything.
CREATE OR REPLACE MACRO rollups.connection_name(told) AS
    CASE WHEN told IS NULL OR told = '' THEN '(none)' WHEN told IN ('slow-2g', '2g', '3g', '4g') THEN told ELSE '(other)' END;
-- The methods that browsers send; a page may write anything.
CREATE OR REPLACE MACRO rollups.method_name(told) AS
    CASE WHEN told IS NULL OR told = '' THEN '(none)'
         WHEN upper(told) IN ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS') THEN upper(told) ELSE '(other)' END;

-- In which slice of an answer does a row stand? In: slice_by (`time`, a dimension, or `none`), every_s, and the row's values. Grain: one value.
-- Caution: times begin whole spans since 2000-01-03 (a Monday), in UTC; what is not known is (none).
CREATE OR REPLACE MACRO facts.slice_of(slice_by, every_s, moment, route, device_type, browser_name, country, connection) AS
    CASE slice_by WHEN 'time' THEN strftime(time_bucket(to_seconds(every_s), moment), '%Y-%m-%dT%H:%M:%SZ')
                  WHEN 'route' THEN coalesce(route, '(none)') WHEN 'device_type' THEN coalesce(device_type, '(none)')
                  WHEN 'browser_name' THEN coalesce(browser_name, '(none)') WHEN 'country' THEN coalesce(country, '(none)')
                  WHEN 'connection' THEN rollups.connection_name(connection) ELSE '' END;
