"""Flags at the public door: OFREP 0.3 (open-feature/protocol), evaluated from what the records published.

It stands with `web`, the scheduler and the store dead: it needs the settings and one file in the home.
"""
