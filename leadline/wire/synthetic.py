"""Recognises synthetic traffic by the browser's own user agent.

A `sendBeacon` on pagehide and every `fetchLater` send the browser's own user agent and none of a context's headers;
so the browser is launched with this suffix, and the beacon reads it from `navigator.userAgent`.
"""

from __future__ import annotations

USER_AGENT_SUFFIX = "LeadlineSynthetic/1"


def is_marked_user_agent(user_agent: str) -> bool:
    """Whether the user agent belongs to one of Leadline's own browsers."""
    return "LeadlineSynthetic/" in user_agent
