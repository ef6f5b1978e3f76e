"""One command, one file. Each imports at its top what costs nothing, and its technology inside its function."""
