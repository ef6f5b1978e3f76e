"""Decides who is paged about an incident, and when. Pure; never leaves an incident without a target if there is one.

A routing is an immutable value, passed to the transaction that opens the incident: a change of the file
applies to the next incident.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from leadline.model import Incident, Level, OwedKind, Severity
from leadline.model.maintenance import Weekly
from leadline.model.rotas import Rota

__all__ = ["NOBODY", "Owed", "RouteRule", "Routing", "choose_targets", "is_told", "split_owed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One thing to send or do outside: one row of the outbox, due `after` the transition. With `repeat_every` it
    is due again each time it was accepted, until somebody acknowledges."""

    name: str
    kind: OwedKind = "target"
    recipient: str = ""
    level: Level = "first"
    after: timedelta = timedelta()
    repeat_every: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRule:
    """One `[[route]]`: None matches anything; `journey` and `check` match that kind of monitor by name.
    `monitors` are those with the route's tag, as (kind, app, name); `when` the times at which it applies."""

    targets: tuple[str, ...]
    app: str | None = None
    severity: Severity | None = None
    journey: str | None = None
    check: str | None = None
    escalate_after: timedelta | None = None
    escalate_to: tuple[str, ...] = ()
    monitors: frozenset[tuple[str, str, str]] | None = None
    when: Weekly | None = None
    repeat_every: timedelta | None = None

    def matches(self, incident: Incident, at: datetime | None = None) -> bool:
        """Whether every given condition is true `at` that time, else when the incident opened."""
        subject = incident.subject
        return (
            self.app in (None, subject.app)
            and self.severity in (None, incident.severity)
            and (self.journey is None or (subject.kind, subject.name) == ("journey", self.journey))
            and (self.check is None or (subject.kind, subject.name) == ("check", self.check))
            and (self.monitors is None or (subject.kind, subject.app or "", subject.name) in self.monitors)
            and (self.when is None or self.when.open_at(at or incident.opened_at) is not None)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """The routes of leadline.toml, and their targets, in the order of the file. `recipients`: for each
    target, its recipients, if each is sent to separately."""

    targets: tuple[str, ...] = ()
    routes: tuple[RouteRule, ...] = ()
    fallback: str | None = None
    operator: str | None = None
    recipients: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rotas: Mapping[str, Rota] = field(default_factory=dict)

    def list_owed(self, incident: Incident, *, now: datetime | None = None) -> tuple[Owed, ...]:
        """Who is paged when this incident opens (at `now`, else at its opening), and who is paged later if nobody
        acknowledges it. A rota stands for the person on call at that time."""
        opened = now or incident.opened_at
        if is_for_operator(incident):
            return self._to_each(Owed(name=name) for name in self.operator_targets())
        routes = [route for route in self.routes if route.matches(incident, opened)]
        chosen = choose_targets(incident, self.routes, self.targets, fallback=self.fallback, at=opened)
        first = {
            called: Owed(name=called, repeat_every=_soonest(route for route in routes if name in route.targets))
            for name in chosen
            if (called := self._on_call(name, opened))
        }
        later = {
            name: Owed(
                name=self._on_call(name, opened + route.escalate_after),
                level="escalation",
                after=route.escalate_after,
                repeat_every=route.repeat_every,
            )
            for route in reversed(routes)
            if route.escalate_after is not None
            for name in route.escalate_to
        }
        return self._to_each((*first.values(), *later.values()))

    def _on_call(self, name: str, at: datetime) -> str:
        return self.rotas[name].on_call(at) if name in self.rotas else name

    def _to_each(self, owed: Iterable[Owed]) -> tuple[Owed, ...]:
        return tuple(each for one in owed for each in split_owed(one, self.recipients.get(one.name, ())))

    def has(self, owed: Owed) -> bool:
        """Whether the target and its recipient are still in the file."""
        return owed.name in self.targets and owed.recipient in ("", *self.recipients.get(owed.name, ()))

    def operator_targets(self) -> tuple[str, ...]:
        """The targets for Leadline's own problems: the operator, else the fallback, else all."""
        named = self.operator or self.fallback
        return self.targets if named is None else (named,)


NOBODY = Routing()


def _soonest(routes: Iterable[RouteRule]) -> timedelta | None:
    return min((route.repeat_every for route in routes if route.repeat_every is not None), default=None)


def split_owed(owed: Owed, recipients: Sequence[str]) -> tuple[Owed, ...]:
    """One for each recipient; a target with one recipient, or one that can't be split, stays whole."""
    if len(recipients) < 2:
        return (owed,)
    return tuple(replace(owed, recipient=recipient) for recipient in recipients)


def is_told(owed: Owed, told: Collection[tuple[str, str]]) -> bool:
    """Whether the (target, recipient) pairs `told` include it. A page to the whole target counts for every
    recipient.
    """
    return (owed.name, "") in told or (owed.name, owed.recipient) in told


def is_for_operator(incident: Incident) -> bool:
    """Whether it is about Leadline itself, not the site: then routes don't apply."""
    return incident.kind == "blindness" or incident.subject.kind == "leadline"


def choose_targets(
    incident: Incident,
    routes: Sequence[RouteRule],
    all_targets: Sequence[str],
    *,
    fallback: str | None = None,
    at: datetime | None = None,
) -> tuple[str, ...]:
    """The targets of every matching route (`at`, else when the incident opened), each once, in the file's order.

    Without routes every target. If no route matches, the fallback, and without one every target: an incident that
    nobody is paged about is worse than one page too many.
    """
    chosen = [target for route in routes if route.matches(incident, at) for target in route.targets]
    if not chosen and routes and fallback is not None:
        return (fallback,)
    return tuple(dict.fromkeys(chosen or all_targets))
