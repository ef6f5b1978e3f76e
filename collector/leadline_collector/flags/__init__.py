"""Flags over HTTP: OFREP 0.3 (open-feature/protocol), evaluated from what the records published.

It works when `web`, the scheduler and the store are dead: it needs only the settings and one file in the home.
"""
