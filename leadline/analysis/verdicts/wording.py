"""The words of a verdict: metrics as people call them, percent as percent, and each reason in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from leadline.model.amounts import percent, percent_change, span_ms
from leadline.model.verdicts import MetricFinding

# An event with one of these in its name is a sale: fewer of them is "sells less".
_SALES = ("checkout", "purchase", "order", "buy", "bought", "sale", "paid", "payment")

_LABELS = {"errors": "sessions with an error", "crashes": "sessions that crashed", "journeys": "our own journeys"}
# As web.dev/articles/vitals and people who work with them call them.
_VITALS = {"lcp_ms": "LCP", "inp_ms": "INP", "cls": "CLS", "fcp_ms": "FCP", "ttfb_ms": "TTFB"}
_CLAIMS = {"errors": "has more errors", "crashes": "crashes more", "journeys": "fails our own journeys"}


def label(name: str) -> str:
    """`vital:lcp_ms` as `LCP`, `kpi:checkout_completed` as `checkout_completed`, `requests:/api/*:failed` as
    `failed requests /api/*`."""
    kind, _, rest = name.partition(":")
    if kind == "requests":
        pattern, _, what = rest.rpartition(":")
        return f"{'failed requests' if what == 'failed' else 'request time'} {pattern}"
    if kind == "kpi":
        return rest.removesuffix(":value")
    if kind == "vital":
        return _VITALS.get(rest, rest)
    return _LABELS.get(name, rest or name)


def claim(metric: str) -> str:
    """What is wrong with the canary, as a verb: `sells less`, `is slower (LCP)`."""
    name = label(metric)
    kind = metric.partition(":")[0]
    if kind == "kpi":
        if metric.endswith(":value"):
            return f"earns less ({name})"
        return "sells less" if any(word in name.lower() for word in _SALES) else f"has fewer {name}"
    if kind == "vital":
        return f"shifts more ({name})" if name == "CLS" else f"is slower ({name})"
    if kind == "requests":
        return f"fails more requests ({name.rpartition(' ')[2]})" if "failed" in name else f"is slower ({name})"
    return _CLAIMS.get(kind, f"is worse in {name}")


def claims(findings: list[MetricFinding]) -> str:
    """All claims, once each: `sells less and is slower (LCP, INP)`."""
    of_what: dict[str, list[str]] = {}
    for finding in findings:
        verb, _, what = finding.claim.partition(" (")
        of_what.setdefault(verb, []).extend([what.removesuffix(")")] if what else [])
    return listed([f"{verb} ({', '.join(whats)})" if whats else verb for verb, whats in of_what.items()])


def figures(finding: MetricFinding) -> str:
    """`checkout_completed 2.76 % against 3.00 % (-8.0 %, between -11.2 % and -4.7 %)`."""
    return f"{_shares_or_times(finding)}{_amounts(finding)}{_tail(finding)}"


def _tail(finding: MetricFinding) -> str:
    """`, p99 9.80 s against 6.30 s (+55.6 %)`, where a latency's p75 does not show the harm by itself."""
    canary, baseline = finding.canary_tail, finding.baseline_tail
    if canary is None or baseline is None or not canary > baseline > 0:
        return ""
    if finding.difference_ratio is not None and finding.difference_ratio > (finding.margin or 0.0):
        return ""
    values = " against ".join(latency(finding.name, value, beside=canary) for value in (canary, baseline))
    return f", p99 {values} ({percent_change(canary / baseline - 1)})"


def _amounts(finding: MetricFinding) -> str:
    """`, median value 18.20 against 30.10 (-39.5 %)`, of those sessions that had it."""
    canary, baseline = finding.canary_amount, finding.baseline_amount
    if canary is None or baseline is None or not baseline > 0:
        return ""
    return f", median value {canary:,.2f} against {baseline:,.2f} ({percent_change(canary / baseline - 1)})"


def _shares_or_times(finding: MetricFinding) -> str:
    name = label(finding.name)
    if finding.canary_value is None or finding.baseline_value is None:
        return name
    both = finding.canary_value, finding.baseline_value
    values = " against ".join(_value(finding, value, beside=max(both)) for value in both)
    if finding.kind == "latency":
        name = f"{name} p75"
    if finding.difference_ratio is None:
        return f"{name} {values}"
    bounds = ""
    if finding.low_ratio is not None and finding.high_ratio is not None:
        bounds = f", between {percent_change(finding.low_ratio)} and {percent_change(finding.high_ratio)}"
    return f"{name} {values} ({percent_change(finding.difference_ratio)}{bounds})"


def _value(finding: MetricFinding, value: float, *, beside: float) -> str:
    return latency(finding.name, value, beside=beside) if finding.kind == "latency" else percent(value)


def latency(metric: str, value: float, *, beside: float) -> str:
    """`1.83 s`, or `96 ms` if the larger one `beside` it is below a second; CLS has no unit."""
    if metric == "vital:cls":
        return f"{value / 1000:.3f}"
    return span_ms(value, beside=beside)


_PLURALS = {
    "route": "routes",
    "device_type": "device types",
    "browser_name": "browsers",
    "geo_country_iso_code": "countries",
    "effective_connection_type": "connections",
}


def contradiction(
    name: str,
    *,
    pooled: float | None,
    alike: float | None,
    low: float | None,
    high: float | None,
    segments: Sequence[float] = (),
    by: str = "",
) -> str | None:
    """Simpson's paradox in words: the totals say the opposite of the comparison of like with like; else None.

    `segments`: the difference in each that has one. It appears if the totals are outside the bounds, so that it is not
    chance, or if no single segment agrees with the totals.
    """
    if pooled is None or alike is None or pooled * alike >= 0:
        return None
    same = sum(1 for one in segments if one * alike > 0)
    is_apart = low is not None and high is not None and not low <= pooled <= high
    is_unanimous = len(segments) > 1 and same == len(segments)
    if not (is_apart or is_unanimous):
        return None
    way = "lower" if alike < 0 else "higher"
    where = f" It is {way} in {same} of {len(segments)} {_PLURALS.get(by, 'segments')}." if len(segments) > 1 else ""
    return (
        f"The plain totals of {name} say the opposite ({percent_change(pooled)}) of like with like "
        f"({percent_change(alike)}): canary and baseline had different hours or users.{where}"
    )


def segment_label(segment: str) -> str:
    """`device_type mobile` as `mobile`."""
    return segment.partition(" ")[2] or segment


def as_time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
