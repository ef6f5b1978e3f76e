"""What a user agent string says of its sender: one of our own browsers, a crawler, or a person.

Browser and device are the loader's to find. Strings repeat, so each is looked at once. Libraries such as curl are not
crawlers: whoever writes a beacon by hand wants it counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from leadline.wire import is_marked_user_agent
from leadline_collector.cleaning import clean_name

# Words that crawlers which run scripts carry (Googlebot, bingbot, Lighthouse, HeadlessChrome, uptime services), after
# the crawler-user-agents list (github.com/monperrus/crawler-user-agents), shortened to what its entries share.
# "cubot" is a phone.
_CRAWLER = re.compile(
    r"(?<!cu)bot\b|bot[/_;)]|crawl|spider|slurp|headless|lighthouse|pagespeed|gtmetrix|pingdom|uptime|statuscake|"
    r"site24x7|datadogsynthetics|catchpoint|phantomjs|prerender|mediapartners|adsbot|facebookexternalhit|"
    r"google-read-aloud|bingpreview|inspectiontool|feedfetcher|ahrefs|semrush",
    re.IGNORECASE,
)
# Longer than any browser's string; the rest would be somebody's joke.
LONGEST_AGENT = 512
REMEMBERED_AGENTS = 4096


@dataclass(frozen=True, slots=True)
class Agent:
    """A user agent string and what it is marked as."""

    text: str
    synthetic: Literal["test", "bot"] | None


NO_AGENT = Agent("", None)


def read_agent(raw: bytes) -> Agent:
    """What the header says."""
    text = raw[:LONGEST_AGENT].decode("latin-1").replace("\0", "")
    cleaned = clean_name(text)  # crawlers leave their owners' mail addresses
    if is_marked_user_agent(text):
        return Agent(cleaned, "test")
    return Agent(cleaned, "bot" if _CRAWLER.search(text) else None)


class Agents:
    """`read_agent`, remembered."""

    def __init__(self) -> None:
        self._known: dict[bytes, Agent] = {}

    def read(self, raw: bytes | None) -> Agent:
        if raw is None:
            return NO_AGENT
        agent = self._known.get(raw)
        if agent is None:
            if len(raw) > LONGEST_AGENT:
                return read_agent(raw)  # 4,096 headers of 30 kB would be much to remember
            if len(self._known) >= REMEMBERED_AGENTS:
                self._known.clear()
            agent = self._known[raw] = read_agent(raw)
        return agent
