"""Finds why no beacon arrives from a page: a real browser watches, a pure function explains, a report prints it."""
