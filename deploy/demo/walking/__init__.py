"""The walk through the demo: its places and processes, what it asks the running system, claims and tells."""
