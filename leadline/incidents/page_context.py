"""What a page can say beyond its incident: links, cohorts that pass, the effect on users, the last deployment.

The sender gathers it. Everything may be missing: a page is sent without anything that is not available in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["NO_CONTEXT", "PageContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """`link` is the incident's signed page, which opens without a login. `passing` and `unknown` are cohorts of the
    same monitor that work, or whose state is not known yet. `impact` is one sentence on real users, `silence` one on
    who muted pages about it. `deployed_version` is the version deployed last in the app. `machine`: what hooks did
    about it, a sentence each; `recovered`: since when its figures are back. `release` is one sentence on the release
    that shares this page, `remedy` what to do about that. `also_acknowledged`: how many incidents of the same message
    were acknowledged with this one. `address` is where a check looks."""

    link: str | None = None
    passing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    impact: str | None = None
    silence: str | None = None
    deployed_version: str | None = None
    deployed_at: datetime | None = None
    runbook: str | None = None
    owner: str | None = None
    machine: tuple[str, ...] = ()
    recovered: str | None = None
    is_rolled_back: bool = False
    release: str | None = None
    remedy: str | None = None
    also_acknowledged: int = 0
    address: str | None = None


NO_CONTEXT = PageContext()
