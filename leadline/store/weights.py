"""How many views a kept view stands for: 1 / the probability that it was kept (Horvitz and Thompson, JASA 47, 1952).

Pages sample sessions (`data-sample`, which travels as the attribute `sample_ratio`), collectors do (`[[app]] sample`),
and a session outside the page's sample may report its errors alone (`errors_only`). Such a session was kept *because*
it had an error, so it stands for nobody in a figure: its weight is 0, and it is shown as an example.
"""

from __future__ import annotations

from collections.abc import Mapping

# Weights are kept in millionths: whole numbers add up the same in any order, so a rollup equals its rebuild exactly.
MILLIONTHS = 1_000_000
# A page's key is public, and the sender states the ratio: with a smaller one, a single beacon would outweigh a day.
SMALLEST_RATIO = 0.001


def weigh(attributes: Mapping[str, object] | None, *, collector_ratio: float) -> int:
    """The weight in millionths. A ratio that is none (text, zero, above 1) counts as 1; the two ratios multiply."""
    if not attributes:
        return MILLIONTHS if collector_ratio == 1.0 else round(MILLIONTHS / max(collector_ratio, SMALLEST_RATIO))
    if attributes.get("errors_only") is True:
        return 0
    told = attributes.get("sample_ratio")
    ratio = float(told) if isinstance(told, int | float) and 0 < told <= 1 else 1.0
    return round(MILLIONTHS / max(ratio * collector_ratio, SMALLEST_RATIO))
