"""What `leadline --help` says: the first thing a newcomer reads, and the only help that costs no import.

A test compares it with the commands that exist.
"""

from __future__ import annotations

FRONT_PAGE = """\
Leadline: testing in production, per version.

Usage: leadline COMMAND [-c FILE] [OPTIONS]        leadline COMMAND --help explains one, with examples
"""
