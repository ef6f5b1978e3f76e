"""Handling of a connection before there is a request: bounds, sweeps, and the fast path for the usual beacon."""
