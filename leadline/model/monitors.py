"""What is run: a journey or a check, and the cohorts it runs in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from leadline.model.incidents import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """How to make a run get one version: cookies or headers, sent to first-party origins only.

    `name` None means no cohort.
    """

    name: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneySpec:
    """The data of `@journey(...)`: enough to schedule the function without importing its file again."""

    name: str
    path: str
    every_s: float
    budget_ms: float | None = None
    deadline_s: float = 30.0
    timeout_ms: float = 10_000.0
    tags: tuple[str, ...] = ()
    severity: Severity = "critical"
    line: int = 1
    cron: str | None = None  # its slots, if given; `every_s` is then the longest gap between them
    test: str | None = None  # `TestShop::test_buy`, if it is a test that pytest runs
    runbook: str | None = None
    owner: str | None = None
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """A configured HTTP check, durations resolved."""

    name: str
    app: str
    url: str
    every_s: float
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    expect_status: tuple[int, ...] = (200,)
    expect_text: tuple[str, ...] = ()
    expect_json: dict[str, Any] = field(default_factory=dict)
    budget_ms: float | None = None
    timeout_ms: float = 10_000.0
    severity: Severity = "critical"
    cron: str | None = None
    runbook: str | None = None
    owner: str | None = None
    tags: tuple[str, ...] = ()
