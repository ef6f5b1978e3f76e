"""Ratios and durations as a person reads them: `2.76 %`, `−8.0 %`, `1.83 s`. Programs get the plain numbers."""

from __future__ import annotations

__all__ = ["percent", "percent_change", "span_ms"]

# Below it, milliseconds; as on the dashboard.
LEAST_SECOND_MS = 995.0


def percent(ratio: float) -> str:
    """`2.76 %`: three significant digits, at most two after the point."""
    points = ratio * 100
    return f"{points:.1f} %" if points >= 10 else f"{points:.2f} %"


def percent_change(ratio: float) -> str:
    """`−8.0 %`, `+120 %`."""
    points = ratio * 100
    text = f"{points:+.0f}" if abs(points) >= 100 else f"{points:+.1f}"
    return f"{text.replace('-', '−')} %"


def span_ms(value: float, *, beside: float) -> str:
    """`1.83 s`, or `96 ms` where the larger one that it stands beside is below a second."""
    return f"{value:,.0f} ms" if beside < LEAST_SECOND_MS else f"{value / 1000:,.2f} s"
