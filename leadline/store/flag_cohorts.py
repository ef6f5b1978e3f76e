"""The cohort of a page view, from the flag variant sent with its beacon (`attributes["flag.KEY"]`)."""

from __future__ import annotations

from collections.abc import Mapping

from leadline.wire import Beacon

__all__ = ["FlagCohorts", "find_cohort"]

# app -> flag -> variant -> cohort, as `[[flag]] cohorts` has it.
FlagCohorts = Mapping[str, Mapping[str, Mapping[str, str]]]
PREFIX = "flag."


def find_cohort(beacon: Beacon, app: str, flags: FlagCohorts) -> str | None:
    """The page's own cohort takes precedence, then the first flag in the file with a cohort for the variant."""
    if beacon.cohort:
        return beacon.cohort
    attributes = beacon.attributes or {}
    for key, cohorts in flags.get(app, {}).items():
        variant = attributes.get(PREFIX + key)
        if isinstance(variant, str) and (cohort := cohorts.get(variant)) is not None:
            return cohort
    return None
