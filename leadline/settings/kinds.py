"""The kinds of value that tables of leadline.toml share, and the base of each table."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from leadline.settings.durations import parse_duration_s


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'unknown time zone {text!r}; write one such as "Europe/Berlin"') from None
    return text


TimeZone = Annotated[str, AfterValidator(_time_zone)]
Duration = Annotated[  # seconds
    float,
    BeforeValidator(parse_duration_s),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+(\.\d+)?(ms|s|m|h|d) ?)+$", "examples": ["30s", "1h30m"]}),
]
Pause = Annotated[  # seconds; 0 is allowed
    float,
    BeforeValidator(lambda value: 0.0 if value in ("0", "0s") else parse_duration_s(value)),
    WithJsonSchema({"type": "string", "pattern": r"^(0|(\d+(\.\d+)?(ms|s|m|h|d) ?)+)$", "examples": ["0s", "5s"]}),
]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")]


class Table(BaseModel):
    """A table of the file: an unknown key is an error, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)


def one_of(known: tuple[str, ...], noun: str) -> Callable[[object], object]:
    """A validator that suggests the nearest correct spelling; pydantic's own only lists all of them."""

    def check(value: object) -> object:
        if isinstance(value, str) and value not in known:
            near = get_close_matches(value, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            raise ValueError(f"unknown {noun} {value!r}; {hint}")
        return value

    return check
