"""What an objective counts: the text of `[[slo]] indicator`, parsed into a closed set.

An indicator tells good from valid: page views without an error, page views with a vital under its threshold, sessions
with a KPI, runs of a journey or check that did not fail. The store decides how to read the counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

__all__ = ["VITALS", "Indicator", "InvalidIndicator", "parse_indicator"]

IndicatorKind = Literal["errors", "vital", "kpi", "journey", "check"]
VITALS = ("lcp_ms", "inp_ms", "cls", "fcp_ms", "ttfb_ms")
_FORMS = "errors, vital:lcp_ms<2500, kpi:NAME, journey:NAME or check:NAME"
_VITAL = re.compile(r"([a-z_]+)\s*<=?\s*(\d+(?:\.\d+)?)")


class InvalidIndicator(ValueError):
    """The text is not an indicator; the message says why and what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """`name` is the vital, KPI, journey or check (empty for `errors`); `threshold` is in the vital's unit."""

    kind: IndicatorKind
    name: str = ""
    threshold: float | None = None

    @property
    def unit(self) -> str:
        """The name of valid events, in the plural."""
        units = {"errors": "page views", "vital": "page views", "kpi": "sessions"}
        return units.get(self.kind, "runs")

    @property
    def is_of_users(self) -> bool:
        return self.kind in {"errors", "vital", "kpi"}

    def __str__(self) -> str:
        if self.kind == "errors":
            return "errors"
        if self.kind == "vital":
            return f"vital:{self.name}<{self.threshold:g}"
        return f"{self.kind}:{self.name}"


def parse_indicator(text: str) -> Indicator:
    """The indicator that `text` names. Raises InvalidIndicator."""
    kind, _, rest = text.strip().partition(":")
    rest = rest.strip()
    if kind == "errors":
        if rest:
            raise InvalidIndicator(f"{text!r}: nothing may follow 'errors'")
        return Indicator(kind="errors")
    if kind == "vital":
        return _parse_vital(text, rest)
    if kind in {"kpi", "journey", "check"}:
        if not rest:
            raise InvalidIndicator(f"{text!r} names no {kind}; write {kind}:NAME")
        return Indicator(kind=kind, name=rest)  # type: ignore[arg-type]  # one of the three kinds tested above
    near = get_close_matches(kind, ("errors", "vital", "kpi", "journey", "check"), n=1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    raise InvalidIndicator(f"unknown indicator {text!r}{meant} (known forms: {_FORMS})")


def _parse_vital(text: str, rest: str) -> Indicator:
    match = _VITAL.fullmatch(rest)
    if match is None:
        raise InvalidIndicator(f"{text!r}: write the vital and its threshold, such as vital:lcp_ms<2500")
    name, threshold = match[1], float(match[2])
    if name not in VITALS:
        near = get_close_matches(name, VITALS, n=1, cutoff=0.4)
        meant = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(VITALS)}"
        raise InvalidIndicator(f"{text!r}: unknown vital {name!r}; {meant}")
    if threshold <= 0:
        raise InvalidIndicator(f"{text!r}: the threshold must be greater than zero")
    return Indicator(kind="vital", name=name, threshold=threshold)
