"""Classifies a user agent string: one of our own browsers, a crawler, or a person.

The loader finds browser and device. Strings repeat, so each is examined once. Libraries such as curl are not
crawlers: a beacon written by hand should count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from leadline.wire import is_marked_user_agent
from leadline_collector.redaction.crawlers import find_crawler
from leadline_collector.redaction.texts import clean_name

# Longer than any browser's string; the rest is ignored.
LONGEST_AGENT = 512
REMEMBERED_AGENTS = 4096


@dataclass(frozen=True, slots=True)
class Agent:
    """A user agent string, what it is marked as, and the name of the crawler."""

    text: str
    synthetic: Literal["test", "bot"] | None
    crawler: str = ""


NO_AGENT = Agent("", None)


def read_agent(raw: bytes) -> Agent:
    """What the header says."""
    text = raw[:LONGEST_AGENT].decode("latin-1").replace("\0", "")
    cleaned = clean_name(text)  # crawlers leave their owners' mail addresses
    if is_marked_user_agent(text):
        return Agent(cleaned, "test")
    crawler = find_crawler(text)
    return Agent(cleaned, None) if crawler is None else Agent(cleaned, "bot", clean_name(crawler))


class Agents:
    """`read_agent`, remembered."""

    def __init__(self) -> None:
        self._known: dict[bytes, Agent] = {}
        find_crawler("")  # reads the list now, not while the first beacon waits

    def read(self, raw: bytes | None) -> Agent:
        if raw is None:
            return NO_AGENT
        agent = self._known.get(raw)
        if agent is None:
            if len(raw) > LONGEST_AGENT:
                return read_agent(raw)  # 4,096 headers of 30 kB would take much memory
            if len(self._known) >= REMEMBERED_AGENTS:
                self._known.clear()
            agent = self._known[raw] = read_agent(raw)
        return agent
