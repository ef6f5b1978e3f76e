"""A small HTTP/1.1 client that reads answers as browsers do and measures each phase.

Why it is our own, and what was tried before: docs/decisions/0011-http-checks-by-our-own-client.md.
"""
