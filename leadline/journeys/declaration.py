"""`@journey(every="1m", budget="6s")`: the author's declaration of a function, checked at import.

It rejects at once what could never run: a function that is not async, or does not take `(run, page)`, a duration
without a unit. The decorated name is a `Journey`, not a function, so that pytest never collects it as a test.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, Never, get_args

from leadline.errors import ConfigurationError
from leadline.journeys.parameters import combine, named
from leadline.model.cron import CronSlots
from leadline.model.durations import parse_duration_s
from leadline.model.incidents import Severity
from leadline.model.monitors import JourneySpec

JourneyFunction = Callable[[Any, Any], Awaitable[None]]

# A deadline is a safety net, not a budget: a run that it ends is *aborted* (docs/causes.md). 30 s lets two of
# Playwright's waits (10 s each) end by themselves first; twice the budget does the same for long journeys.
LEAST_DEADLINE_S = 30.0
DEADLINE_BUDGETS = 2.0
# Playwright's own default is 30 s, which would end with the deadline and never show the site's failure.
DEFAULT_TIMEOUT_S = 10.0
# A timeout is at most this share of the deadline, so that at least two of them fit into it.
TIMEOUT_SHARE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A declared journey; `function` is the author's own."""

    function: JourneyFunction
    name: str
    every_s: float
    budget_ms: float | None
    deadline_s: float
    timeout_ms: float
    tags: tuple[str, ...]
    severity: Severity
    path: Path
    line: int
    runbook: str | None = None
    owner: str | None = None
    device: str | None = None
    cron: str | None = None
    depends_on: tuple[str, ...] = ()
    test: str | None = None  # `TestShop::test_buy`: pytest runs it, in a process of its own

    def spec(self) -> JourneySpec:
        """What the scheduler needs, without the function."""
        return JourneySpec(
            name=self.name,
            path=str(self.path),
            every_s=self.every_s,
            budget_ms=self.budget_ms,
            deadline_s=self.deadline_s,
            timeout_ms=self.timeout_ms,
            tags=self.tags,
            severity=self.severity,
            line=self.line,
            runbook=self.runbook,
            owner=self.owner,
            depends_on=self.depends_on,
            test=self.test,
            cron=self.cron,
        )


class Journeys(tuple[Journey, ...]):
    """The journeys that one function and its `parameters` make."""

    __slots__ = ()


class UnknownArgument(ConfigurationError):
    """`@journey(evry="5m")`: the reader of the file finds the place of `argument`."""

    def __init__(self, argument: str) -> None:
        near = get_close_matches(argument, _ARGUMENTS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}=?" if near else f"known here: {', '.join(_ARGUMENTS)}"
        super().__init__(f"@journey takes no {argument}=; {hint}")
        self.argument = argument


def journey(
    *,
    every: str = "",
    cron: str | None = None,
    budget: str | None = None,
    tags: Sequence[str] = (),
    deadline: str | None = None,
    timeout: str | None = None,
    severity: Severity = "critical",
    name: str | None = None,
    runbook: str | None = None,
    owner: str | None = None,
    device: str | None = None,
    depends_on: Sequence[str] = (),
    parameters: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]] | None = None,
    **unknown: Never,
) -> Callable[[Callable[..., Awaitable[None]]], Any]:
    """Declare an `async def name(run, page)` as a journey. The name is then a `Journey`; with `parameters`, `Journeys`.

    `every` is its interval, or `cron` its times in UTC (`"*/5 8-18 * * mon-fri"`); `budget` is the time over which a
    run that works is *degraded*. `timeout` is how long Playwright waits for one thing (10 s), `deadline` when a run is
    killed (30 s, or twice the budget if longer).
    `runbook` (an address) and `owner` are shown in its pages. `device` is one of Playwright's (`"iPhone 15"`).
    `depends_on` names journeys or checks that it needs to work; while one of them fails, they make one page.

    `parameters` makes a monitor of each combination of `{"market": ["de", "fr"]}`, or of each table of a list; the
    function takes them by name after `run` and `page`. One called `device` chooses the device as well.
    """
    for argument in unknown:
        raise UnknownArgument(argument)
    every_s = _interval_s(every, cron)
    budget_s = None if budget is None else _duration_s("budget", budget)
    shortest_s = max(LEAST_DEADLINE_S, DEADLINE_BUDGETS * (budget_s or 0.0))
    deadline_s = shortest_s if deadline is None else _duration_s("deadline", deadline)
    timeout_s = min(
        DEFAULT_TIMEOUT_S if timeout is None else _duration_s("timeout", timeout), round(TIMEOUT_SHARE * deadline_s, 3)
    )
    if severity not in get_args(Severity):
        raise ConfigurationError(f'severity={severity!r} is neither "critical" nor "warning"')
    if runbook is not None and not runbook.startswith(("https://", "http://")):
        raise ConfigurationError(f"runbook={runbook!r} is not an address", hint='write runbook="https://…"')
    if isinstance(depends_on, str):
        raise ConfigurationError(f"depends_on={depends_on!r} is one text", hint=f"write depends_on=[{depends_on!r}]")
    if isinstance(tags, str):
        raise ConfigurationError(f"tags={tags!r} is one text", hint=f"write tags=[{tags!r}]")
    combinations = combine(parameters)

    def declare(function: Callable[..., Awaitable[None]]) -> Journey | Journeys:
        code = inspect.unwrap(function).__code__ if inspect.isfunction(inspect.unwrap(function)) else None

        def made(chosen: Mapping[str, Any]) -> Journey:
            passed = _passed(function, chosen)
            _refuse_what_cannot_run(function, passed)
            assert code is not None
            return Journey(
                function=partial(function, **passed) if passed else function,
                name=named(name or function.__name__, chosen),
                every_s=every_s,
                budget_ms=None if budget_s is None else budget_s * 1000,
                deadline_s=deadline_s,
                timeout_ms=timeout_s * 1000,
                tags=tuple(tags),
                severity=severity,
                path=Path(code.co_filename),
                line=code.co_firstlineno,
                runbook=runbook,
                owner=owner,
                device=str(chosen["device"]) if "device" in chosen else device,
                cron=cron,
                depends_on=tuple(depends_on),
            )

        return made({}) if combinations is None else Journeys(made(chosen) for chosen in combinations)

    return declare


_ARGUMENTS = tuple(one for one in inspect.signature(journey).parameters if one != "unknown")


def _interval_s(every: str, cron: str | None) -> float:
    """How often it runs; with `cron`, the longest time between two slots."""
    if cron is None:
        if not every:
            raise ConfigurationError("@journey has no every=", hint='say how often it runs: @journey(every="1m")')
        return _duration_s("every", every)
    if every:
        raise ConfigurationError("@journey has every= and cron=", hint="one of them says how often it runs")
    try:
        return CronSlots.parse(cron).longest_gap_s
    except ValueError as error:
        raise ConfigurationError(f"cron={error}") from error


def _duration_s(argument: str, text: str) -> float:
    try:
        return parse_duration_s(text)
    except ValueError as error:
        raise ConfigurationError(f"{argument}={error}") from error


def _passed(function: Callable[..., Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The function's arguments: `device` only if it takes it."""
    asks = inspect.signature(function).parameters
    return {name: value for name, value in chosen.items() if name != "device" or name in asks}


def _refuse_what_cannot_run(function: Callable[..., Any], passed: Mapping[str, Any]) -> None:
    name = getattr(function, "__name__", repr(function))
    if not inspect.iscoroutinefunction(function):
        raise ConfigurationError(f"the journey {name} is not async", hint=f"write `async def {name}(run, page):`")
    try:
        inspect.signature(function).bind("run", "page", **passed)
    except TypeError as error:
        raise ConfigurationError(
            f"the journey {name} can't be called with (run, page): {error}",
            hint=f"write `async def {name}({', '.join(['run', 'page', *passed])}):`",
        ) from error
