"""Which version a visitor is served, and why it stays that way: a cookie, set at the first visit by share.

A canary cookie always reaches the canary, also while no visitor is sent there: that is how a journey looks at a release
before anybody else does.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

COOKIE = "v"


@dataclass(frozen=True, slots=True)
class Release:
    """One version of the shop. `cookie` is what a visitor's cookie says, `cohort` what Leadline calls them."""

    cookie: str
    version: str
    cohort: str


STABLE = Release(cookie="stable", version="1.4.2", cohort="baseline")
CANARY = Release(cookie="canary", version="1.5.0", cohort="canary")
RELEASES = (STABLE, CANARY)


def release_of_cookie(cookie: str | None) -> Release | None:
    return next((release for release in RELEASES if release.cookie == cookie), None)


def release_of_version(version: str) -> Release | None:
    return next((release for release in RELEASES if release.version == version), None)


class Assignment:
    """Draws a release for each new visitor; `canary_share` may change at any time, 0..1."""

    def __init__(self, *, canary_share: float, seed: int) -> None:
        self.canary_share = canary_share
        self.drawn: Counter[str] = Counter()
        self._draw = random.Random(seed)

    def release_for(self, cookie: str | None) -> tuple[Release, bool]:
        """The release, and whether it was drawn just now (then the cookie is to be set)."""
        known = release_of_cookie(cookie)
        if known is not None:
            return known, False
        drawn = CANARY if self._draw.random() < self.canary_share else STABLE
        self.drawn[drawn.version] += 1
        return drawn, True
