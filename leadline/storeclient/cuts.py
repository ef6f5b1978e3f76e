"""How an answer may be cut, and of which vitals it may be: checked here for the API and the command alike."""

from __future__ import annotations

from typing import get_args

from leadline.model.durations import parse_duration_s
from leadline.storeclient.questions import Vital

# A chart has fewer pixels than this; more spans are a mistake.
MOST_SPANS = 2000
MINUTE_S = 60


def parse_every(text: str, *, over_s: float) -> int:
    """Seconds of a span. Raises ValueError where it is no whole minutes, or too short for the time asked for."""
    every_s = parse_duration_s(text)
    if every_s < MINUTE_S or every_s % MINUTE_S:
        raise ValueError(f"{text!r} must be whole minutes, such as 5m or 1h")
    spans = over_s / every_s
    if spans > MOST_SPANS:
        raise ValueError(
            f"that is {spans:,.0f} spans of {text}; at most {MOST_SPANS:,} are answered: ask for longer ones"
        )
    return round(every_s)


def parse_vitals(text: str) -> list[Vital]:
    """Vitals in the order in which they are named. Raises ValueError for another name."""
    known = {str(name): name for name in get_args(Vital)}
    names = [name.strip() for name in text.split(",")]
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"{unknown[0]!r} is not a vital; choose of {', '.join(known)}")
    return [known[name] for name in dict.fromkeys(names)]
