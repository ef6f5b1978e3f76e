-- How far is each log file rolled up? Files that this pass moves over are set in it afterwards. Grain: log file. Caution: a file that never was stands at 0.
CREATE OR REPLACE TEMP TABLE files AS SELECT file, upto AS rolled, upto FROM rollups.progress
