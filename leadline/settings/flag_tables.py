"""`[[flag]]` and `[[ring]]`: which users get which variant. docs/flags.md explains them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from leadline.settings.kinds import Name, Table

FlagKey = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")]


class RuleSettings(Table):
    variant: str
    ring: str | None = None
    when: dict[str, Any] = Field(default_factory=dict)
    share: float | None = Field(default=None, ge=0, le=1)


class FlagSettings(Table):
    key: FlagKey
    app: str
    variants: dict[Name, Any] = Field(min_length=1)
    default: str
    kill: str | None = None  # None: the default
    rules: list[RuleSettings] = Field(default_factory=list)
    cohorts: dict[str, Name] = Field(default_factory=dict)
    description: str = ""


class RingSettings(Table):
    name: Name
    app: str
    when: dict[str, Any] = Field(min_length=1)
