"""User agent to browser and device: in the loader, cached, and never in the collector."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ua_parser import parse


class Agent(NamedTuple):
    browser_name: str | None
    device_type: str | None


# An agent string costs 17 µs, a hit 0.1; some ten thousand are in use at a time.
@lru_cache(maxsize=20_000)
def read_agent(user_agent: str) -> Agent:
    """Browser family, and `desktop`, `mobile`, `tablet` or `bot`; None where the string says nothing."""
    if not user_agent:
        return Agent(None, None)
    found = parse(user_agent)
    browser = found.user_agent.family if found.user_agent else None
    device = found.device.family if found.device else ""
    system = found.os.family if found.os else ""
    return Agent(browser, _device_type(user_agent, device=device, system=system))


def _device_type(user_agent: str, *, device: str, system: str) -> str | None:
    if device == "Spider":
        return "bot"
    if device == "iPad" or "Tablet" in user_agent or (system == "Android" and "Mobile" not in user_agent):
        return "tablet"
    if system in {"Android", "iOS"} or "Mobi" in user_agent:
        return "mobile"
    return "desktop" if system else None
