"""The web service: answers and shows. Its store process, a child, is the only one that opens DuckDB."""
