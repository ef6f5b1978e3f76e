"""Durations as people write them: `500ms`, `30s`, `1m`, `24h`, `30d`, or a sum such as `1h30m`.

It is in the lowest layer because both the configuration file and the journey decorator use it.
"""

from __future__ import annotations

import re

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def parse_duration_s(text: str | float | int) -> float:
    """Seconds. Raises ValueError that names the format; a number without a unit is an error."""
    if isinstance(text, str):
        compact = text.replace(" ", "")
        parts = _PART.findall(compact)
        if parts and "".join(number + unit for number, unit in parts) == compact:
            seconds = sum(float(number) * _UNITS_S[unit] for number, unit in parts)
            if seconds > 0:
                return seconds
            raise ValueError(f"{text!r} must be greater than zero")
    raise ValueError(f'{text!r} is not a duration; write "500ms", "30s", "1m", "24h" or "30d"')
