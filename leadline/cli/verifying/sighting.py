"""What was seen when a page was opened: values only, so that the explanation needs no browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The result of one request: a status, or `failure` (Chromium's code: `net::ERR_…`, `csp`, `mixed-content`)."""

    url: str
    status: int | None = None
    failure: str | None = None
    content_type: str = ""
    reason: str | None = None  # the collector's own, docs/drops.md
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """The browser enforced the page's Content-Security-Policy: the directive, and the blocked address."""

    directive: str
    blocked: str
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One visit. `attributes` are the tag's `data-` attributes, in camel case, as the script reads them."""

    url: str
    final_url: str
    page_status: int | None = None
    page_trouble: str | None = None
    source: str | None = None  # of the tag, resolved; None if the page has none
    attributes: Mapping[str, str] = field(default_factory=dict)
    meta_version: str | None = None
    script: Answer | None = None
    beacon: Answer | None = None
    is_started: bool = False
    is_sampled_out: bool = False
    violations: tuple[Violation, ...] = ()
    console: tuple[str, ...] = ()

    @property
    def key(self) -> str | None:
        """The tag's."""
        return self.attributes.get("key") or None

    @property
    def service_version(self) -> str | None:
        """The page's version, as far as it is visible from outside."""
        return self.attributes.get("version") or self.meta_version
