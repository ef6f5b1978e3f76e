"""The words of a verdict: metrics as people call them, percent as percent, and each reason in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from leadline.model.verdicts import MetricFinding

# An event with one of these in its name is a sale: fewer of them is "sells less".
_SALES = ("checkout", "purchase", "order", "buy", "bought", "sale", "paid", "payment")

_LABELS = {"errors": "sessions with an error", "crashes": "sessions that crashed", "journeys": "our own journeys"}
_CLAIMS = {"errors": "has more errors", "crashes": "crashes more", "journeys": "fails our own journeys"}


def label(name: str) -> str:
    """`kpi:checkout_completed` as `checkout_completed`, `requests:/api/*:failed` as `failed requests /api/*`."""
    kind, _, rest = name.partition(":")
    if kind == "requests":
        pattern, _, what = rest.rpartition(":")
        return f"{'failed requests' if what == 'failed' else 'request time'} {pattern}"
    if kind == "kpi":
        return rest.removesuffix(":value")
    return _LABELS.get(name, rest or name)


def claim(metric: str) -> str:
    """What is wrong with the canary, as a verb: `sells less`, `is slower (lcp_ms)`."""
    name = label(metric)
    kind = metric.partition(":")[0]
    if kind == "kpi":
        if metric.endswith(":value"):
            return f"earns less ({name})"
        return "sells less" if any(word in name.lower() for word in _SALES) else f"has fewer {name}"
    if kind == "vital":
        return f"shifts more ({name})" if name == "cls" else f"is slower ({name})"
    if kind == "requests":
        return f"fails more requests ({name.rpartition(' ')[2]})" if "failed" in name else f"is slower ({name})"
    return _CLAIMS.get(kind, f"is worse in {name}")


def claims(findings: list[MetricFinding]) -> str:
    """All claims, once each: `sells less and is slower (lcp_ms, inp_ms)`."""
    of_what: dict[str, list[str]] = {}
    for finding in findings:
        verb, _, what = finding.claim.partition(" (")
        of_what.setdefault(verb, []).extend([what.removesuffix(")")] if what else [])
    return listed([f"{verb} ({', '.join(whats)})" if whats else verb for verb, whats in of_what.items()])


def figures(finding: MetricFinding) -> str:
    """`checkout_completed 2.76 % against 3.00 % (-8.0 %, between -11.2 % and -4.7 %)`."""
    return f"{_shares_or_times(finding)}{_amounts(finding)}"


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
    values = f"{_value(finding, finding.canary_value)} against {_value(finding, finding.baseline_value)}"
    if finding.kind == "latency":
        name = f"{name} p75"
    if finding.difference_ratio is None:
        return f"{name} {values}"
    bounds = ""
    if finding.low_ratio is not None and finding.high_ratio is not None:
        bounds = f", between {percent_change(finding.low_ratio)} and {percent_change(finding.high_ratio)}"
    return f"{name} {values} ({percent_change(finding.difference_ratio)}{bounds})"


def _value(finding: MetricFinding, value: float) -> str:
    if finding.kind == "latency":
        return f"{value / 1000:.3f}" if finding.name == "vital:cls" else f"{value:,.0f} ms"
    return percent(value)


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


def percent(ratio: float) -> str:
    """`2.76 %`: three significant digits, at most two after the point."""
    points = ratio * 100
    return f"{points:.1f} %" if points >= 10 else f"{points:.2f} %"


def percent_change(ratio: float) -> str:
    """`-8.0 %`, `+120 %`."""
    points = ratio * 100
    text = f"{points:+.0f}" if abs(points) >= 100 else f"{points:+.1f}"
    return f"{text.replace('-', '−')} %"


def segment_label(segment: str) -> str:
    """`device_type mobile` as `mobile`."""
    return segment.partition(" ")[2] or segment


def as_time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
