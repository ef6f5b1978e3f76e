"""Checks of `leadline validate` and of every start, before anything runs: errors, warnings, and who would be paged."""
