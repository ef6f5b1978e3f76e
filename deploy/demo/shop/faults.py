"""The four ways in which a release can go wrong here, each switched per version while the shop runs."""

from __future__ import annotations

import enum

from shop.releases import RELEASES

# Past the 2.5 s at which web.dev/articles/lcp stops calling a page good, so that the vitals show it at a glance.
SLOWNESS_S = 2.6


class Fault(enum.StrEnum):
    """What is broken. DEAD_BUTTON is the one that no status code, log or latency graph shows."""

    DEAD_BUTTON = "dead_button"
    ERRORS = "errors"
    SLOWNESS = "slowness"
    SCRIPT_ERROR = "script_error"


WHAT_IT_DOES = {
    Fault.DEAD_BUTTON: ("Dead buy button", "Everything answers 200, nothing throws, and nobody can buy."),
    Fault.ERRORS: ("Errors", "The checkout and every order answer 500."),
    Fault.SLOWNESS: ("Slowness", f"Each page takes {SLOWNESS_S:g} s longer to begin."),
    Fault.SCRIPT_ERROR: ("JavaScript error", "“Goes well with” throws a TypeError on each product; sales go on."),
}


class Faults:
    """What is switched on now."""

    def __init__(self) -> None:
        self._on: dict[str, set[Fault]] = {release.version: set() for release in RELEASES}

    def is_on(self, fault: Fault, *, version: str) -> bool:
        return fault in self._on[version]

    def switch(self, fault: Fault, *, version: str, on: bool) -> None:
        """KeyError for an unknown version."""
        switched = self._on[version]
        if on:
            switched.add(fault)
        else:
            switched.discard(fault)

    def as_json(self) -> dict[str, list[str]]:
        return {version: sorted(faults) for version, faults in self._on.items()}
