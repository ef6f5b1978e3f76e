"""Finds the crawler named in a user agent string: by the community's list, our own, and common words.

Fast for strings of people: names are looked up by their first word, so a string takes a few
microseconds whatever the length of the list. Names count only as whole words, and never in the model of a phone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from leadline_collector.redaction.own_crawlers import (
    NOT_CRAWLERS,
    OWN_CRAWLERS,
    PEOPLES_APPLICATIONS,
    PEOPLES_NAMES,
)

_WORD = re.compile(r"[A-Za-z0-9]+")
# A pattern of the package that is a plain text, except for escapes.
_PLAIN = re.compile(r"(?:[\w \-:!,;=@']|\\[/. \-()+])+")
# `(Linux; Android 11; CUBOT_X30 Build/…)`: the maker chooses the model name.
_MODEL = re.compile(r"\bAndroid(?: [\d.]+)?;(?![^)]*(?:compatible|https?:|[Bb]ot[/-]))[^)]*\)")
# Typical names of unlisted crawlers (`newbot/1.0`, `CrawlerService`), not longer words (`Crawlspace`, `Talbots`).
_NOT_A_NAME = "".join(f"(?<!{name})" for name in PEOPLES_NAMES)
_USUAL_WORD = re.compile(
    rf"(?:bot{_NOT_A_NAME}|lighthouse)(?![a-z])"
    r"|(?:crawl(?:er|ing)?|spider)s?(?!(?-i:[a-z]))|headless|slurp|pagespeed|prerender|phantomjs",
    re.IGNORECASE,
)
_NAME = re.compile(r"[\w.\-]+")
LONGEST_NAME = 64


class _Names:
    """Names by their first word, each with where in the name that word begins."""

    def __init__(self) -> None:
        from crawleruseragents import CRAWLER_USER_AGENTS_DATA

        self._by_word: dict[str, list[tuple[str, int]]] = defaultdict(list)
        expressions = []
        for name in OWN_CRAWLERS:
            self._add(name)
        for entry in CRAWLER_USER_AGENTS_DATA:
            pattern = entry["pattern"]
            name = re.sub(r"\\(.)", r"\1", pattern)
            if not NOT_CRAWLERS.isdisjoint(entry.get("tags", ())) or name.strip("^") in PEOPLES_APPLICATIONS:
                continue
            if _PLAIN.fullmatch(pattern) and _WORD.search(name):
                self._add(name)
            else:
                expressions.append(pattern)
        self._expressions = re.compile("|".join(expressions))

    def _add(self, name: str) -> None:
        word = _WORD.search(name)
        assert word is not None
        self._by_word[word[0]].append((name, word.start()))

    def find(self, text: str) -> str | None:
        for word in _WORD.finditer(text):
            for name, offset in self._by_word.get(word[0], ()):
                start = word.start() - offset
                if start >= 0 and text.startswith(name, start) and _ends_there(text, name, start + len(name)):
                    return name
        expression = self._expressions.search(text)
        return expression[0] if expression else None


def _ends_there(text: str, name: str, end: int) -> bool:
    return end == len(text) or not (name[-1].isalnum() and text[end].isalnum())


_names = cache(_Names)


def find_crawler(user_agent: str) -> str | None:
    """The name of the crawler, or None for a person's browser or a library."""
    text = _MODEL.sub(";)", user_agent)
    name = _names().find(text) or _find_preview(text)
    if name is None and (usual := _USUAL_WORD.search(text)) is not None:
        name = next(word[0] for word in _NAME.finditer(text) if word.end() > usual.start())
    return (name.strip(" /();^").split("/")[0] or name)[:LONGEST_NAME] if name else None


def _find_preview(text: str) -> str | None:
    """`WhatsApp/2.23.20.0 A`: an application fetches a link itself; the browser in its window begins with Mozilla."""
    return next((name for name in PEOPLES_APPLICATIONS if text.startswith(name)), None)
