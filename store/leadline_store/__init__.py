"""The store service: follows the beacon log and the records into DuckDB, and answers. Only it opens DuckDB."""
