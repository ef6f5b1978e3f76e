"""How synthetic traffic is recognised by what a browser carries itself.

A `sendBeacon` on pagehide and every `fetchLater` carry the browser's own user agent and none of a context's headers;
so the browser is launched with this suffix, and the beacon reads it from `navigator.userAgent`.
"""

from __future__ import annotations

USER_AGENT_SUFFIX = "LeadlineSynthetic/1"


def is_marked_user_agent(user_agent: str) -> bool:
    """Whether the agent string says that one of our own browsers sent it."""
    return "LeadlineSynthetic/" in user_agent
