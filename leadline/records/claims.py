"""Claims due rows of the outbox, each with a lease (leases.py), so that only one process sends it.

A row is pending or failing until its target accepted it, or until it was given up; "being sent" is only known from
its lease. The rows of one incident to one recipient go out in order: the opening, its changes, the end, the
recovery. A row that a later row includes is not sent any more. Receipts: receipts.py.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, or_, select, update

from leadline.model import Incident, IncidentState, NotificationState, OwedKind, TransitionKind
from leadline.records import leases
from leadline.records.claim_conditions import DONE, is_superseded, waits_for_earlier, why_needless
from leadline.records.ended_together import EndPace, Together, wait_for_other_ends
from leadline.records.feed import note_change
from leadline.records.incident_rows import read_incidents_by_id
from leadline.records.notification_rows import UNSENT, as_notification, read_lane
from leadline.records.nouns import Claimed, Silence
from leadline.records.outbox import call_off
from leadline.records.shared import name_alert, wait_for_more, waits_for_others
from leadline.records.silence_rows import read_active_silences
from leadline.records.tables import incidents, notifications

__all__ = ["claim_due"]

_n = notifications.c
_OPEN, _RESOLVE = TransitionKind.OPEN.value, TransitionKind.RESOLVE.value
EACH_BY_ITSELF = EndPace()


def claim_due(
    connection: Connection,
    *,
    owner: str,
    now: datetime,
    lease_s: float,
    limit: int,
    exclude_targets: Collection[str],
    kind: OwedKind = "target",
    storm: Collection[str] = (),
    unsettled: Collection[str] = (),
    ends: EndPace = EACH_BY_ITSELF,
) -> list[Claimed]:
    """Takes up to `limit` due rows for `lease_s`: those with the fewest attempts first, then the oldest; of one
    incident's rows to one recipient the earliest.

    Rows that fit into one message are claimed together (`Claimed.others`): openings and ends of one shared cause, rows
    in place of one dead target, for a target in `storm` all openings, and ends as `ends` says. A cause is `unsettled`
    if more monitors have failed for it and are about to be confirmed.
    """
    _plan_again(connection, now)
    wanted = (
        select(notifications)
        .where(
            _n.kind == kind,
            _n.state.in_(UNSENT),
            _n.due_at <= now,
            or_(_n.next_attempt_at.is_(None), _n.next_attempt_at <= now),
            leases.is_free(notifications, now),
            ~is_superseded(now),
            ~waits_for_earlier(now),
            ~waits_for_others(notifications),
        )
        .order_by(_n.attempts, _n.due_at, _n.notification_id)
        .with_for_update(skip_locked=True)
    )
    if exclude_targets:
        wanted = wanted.where(_n.target.not_in(list(exclude_targets)))
    if ends.held:
        wanted = wanted.where(or_(_n.transition != _RESOLVE, _n.target.not_in(list(ends.held))))
    silences = read_active_silences(connection, now)
    rows = connection.execute(wanted).all()
    known = read_incidents_by_id(connection, list({row.incident_id for row in rows}))
    rows = wait_for_more(connection, rows, known, unsettled, now=now)
    rows, together = wait_for_other_ends(connection, rows, ends, now=now)
    combining = _Combining(known, storm, ends, together)
    claimed: list[Claimed] = []
    taken: set[str] = set()
    for row in rows:
        if len(claimed) == limit:
            break
        if row.notification_id in taken:
            continue
        lead = _claim_one(connection, row, known[row.incident_id], silences, now)
        if lead is None:
            continue
        others = []
        found = {one.notification_id: one for one in (*_read_same_cause(connection, row, known, now), *rows)}
        taken.add(row.notification_id)
        for other in combining.companions(row, [one for key, one in found.items() if key not in taken]):
            taken.add(other.notification_id)
            one = _claim_one(connection, other, known[other.incident_id], silences, now)
            others += [one] if one is not None else []
        left = together.still_open.get((row.target, row.recipient), 0) if row.notification_id in together.rows else 0
        lead = replace(lead, others=tuple(others), still_open=left)
        claimed.append(replace(lead, alert=name_alert(connection, lead)))
    _write_leases(connection, claimed, leases.take(owner, now, lease_s=lease_s))
    return claimed


def _read_same_cause(
    connection: Connection, lead: Row[Any], known: dict[str, Incident], now: datetime
) -> Sequence[Row[Any]]:
    """Openings to the same target that share the lead's cause, including delayed ones: this message includes them.
    Their incidents are added to `known`."""
    cause = known[lead.incident_id].shared_cause
    if cause is None or lead.transition != _OPEN:
        return []
    wanted = (
        select(notifications)
        .join(incidents, incidents.c.incident_id == _n.incident_id)
        .where(
            incidents.c.shared_cause == cause,
            incidents.c.state != IncidentState.RESOLVED.value,
            _n.kind == "target",
            _n.target == lead.target,
            _n.transition == _OPEN,
            _n.level == lead.level,
            _n.state.in_(UNSENT),
            leases.is_free(notifications, now),
            ~is_superseded(now),
        )
        .order_by(_n.due_at, _n.notification_id)
    )
    rows = connection.execute(wanted).all()
    known |= read_incidents_by_id(connection, [row.incident_id for row in rows if row.incident_id not in known])
    return rows


@dataclass(frozen=True, slots=True)
class _Combining:
    """Which rows one message can include. `known` are the incidents of the rows."""

    known: dict[str, Incident]
    storm: Collection[str]
    ends: EndPace
    together: Together

    def companions(self, lead: Row[Any], rows: Sequence[Row[Any]]) -> list[Row[Any]]:
        """The other rows that the lead's message can include."""
        if lead.kind != "target" or lead.transition not in (_OPEN, _RESOLVE):
            return []
        return [row for row in rows if self._fits(lead, row)]

    def _fits(self, lead: Row[Any], row: Row[Any]) -> bool:
        is_alike = (row.target, row.recipient, row.transition) == (lead.target, lead.recipient, lead.transition)
        if not is_alike or row.level != lead.level or row.incident_id == lead.incident_id:
            return False
        mine, other = self.known[lead.incident_id], self.known[row.incident_id]
        of_one_cause = mine.shared_cause is not None and other.shared_cause == mine.shared_cause
        if lead.transition == _RESOLVE:
            return (of_one_cause and other.group_id == mine.group_id) or self._end_together(lead, row)
        if lead.level == "fallback":
            return bool(row.instead_of == lead.instead_of)
        return of_one_cause or lead.target in self.storm

    def _end_together(self, lead: Row[Any], row: Row[Any]) -> bool:
        if lead.target in self.ends.apart:
            return False
        is_storm = lead.target in self.ends.storm or {lead.notification_id, row.notification_id} <= self.together.rows
        return is_storm or lead.level == "fallback"


def _claim_one(
    connection: Connection,
    row: Row[Any],
    incident: Incident,
    silences: Sequence[Silence],
    now: datetime,
) -> Claimed | None:
    """The row with its lease; None if it is not needed any more, or muted."""
    needless = why_needless(connection, row, incident)
    if needless is not None:
        call_off(connection, [row.notification_id], because=needless)
        return None
    lane = read_lane(connection, row) if row.transition == _RESOLVE else []
    openings = [one for one in lane if one.transition == _OPEN]
    muting = _muting(silences, incident, openings, row, now)
    if muting is not None:
        _mute(connection, [row, *openings], muting, is_over=row.transition == _RESOLVE)
        return None
    return _claim(row, openings, incident, now)


def _plan_again(connection: Connection, now: datetime) -> None:
    """Replans a row whose plan was made before the clock was set back: the same delay from now on."""
    ahead = select(notifications).where(_n.state.in_(UNSENT), _n.planned_at > now + leases.CLOCK_SLACK)
    for row in connection.execute(ahead).all():
        set_back = row.planned_at - now
        values = {
            "due_at": row.due_at - set_back,
            "next_attempt_at": row.next_attempt_at and row.next_attempt_at - set_back,
            "planned_at": now,
        }
        connection.execute(update(notifications).where(_n.notification_id == row.notification_id).values(**values))


def _claim(row: Row[Any], openings: Sequence[Row[Any]], incident: Incident, now: datetime) -> Claimed:
    is_combined = bool(openings) and not any(one.state == NotificationState.ACCEPTED for one in openings)
    # A lease without a receipt: its holder died, perhaps after the target accepted. The same applies to an opening
    # that this message now includes.
    is_maybe_duplicate = bool(
        row.is_maybe_duplicate
        or leases.was_abandoned(row)
        or (is_combined and any(one.is_maybe_duplicate or leases.was_abandoned(one) for one in openings))
    )
    notification = replace(
        as_notification(row),
        attempts=row.attempts + 1,
        first_attempt_at=row.first_attempt_at or now,
        is_maybe_duplicate=is_maybe_duplicate,
    )
    return Claimed(
        notification=notification, incident=incident, transition=notification.transition, is_combined=is_combined
    )


def _write_leases(connection: Connection, claimed: Sequence[Claimed], lease: dict[str, Any]) -> None:
    """All in one statement, because one message may include hundreds of rows. One that a silence held is due since
    its end: it has not waited for its target."""
    taken = [one.notification for lead in claimed for one in (lead, *lead.others)]
    if not taken:
        return
    of_row: dict[str, Any] = {
        name: bindparam(f"new_{name}") for name in ("attempts", "first_attempt_at", "is_maybe_duplicate")
    }
    statement = update(notifications).where(_n.notification_id == bindparam("which"))
    held = and_(_n.silence_id.is_not(None), _n.due_at < lease["leased_at"])
    connection.execute(
        statement.values(**of_row, **lease, due_at=case((held, lease["leased_at"]), else_=_n.due_at), silence_id=None),
        [{"which": one.notification_id, **{f"new_{name}": getattr(one, name) for name in of_row}} for one in taken],
    )
    note_change(connection, "notification", *(one.notification_id for one in taken))


def _muting(
    silences: Sequence[Silence], incident: Incident, openings: Sequence[Row[Any]], row: Row[Any], now: datetime
) -> Silence | None:
    """The silence that mutes this row. An end is never muted if its opening was delivered, nor what a person did or
    asked for."""
    if row.kind != "target" or row.transition in (*DONE, TransitionKind.TEST.value):
        return None
    if row.transition == _RESOLVE and (
        not openings or any(one.state == NotificationState.ACCEPTED for one in openings)
    ):
        return None
    return next((silence for silence in silences if silence.mutes(incident, now)), None)


def _mute(connection: Connection, rows: Sequence[Row[Any]], silence: Silence, *, is_over: bool) -> None:
    """Holds an opening until the silence ends; if the incident has ended too, it is not sent at all."""
    for one in rows:
        if one.state not in UNSENT or (one.silence_id == silence.silence_id and not is_over):
            continue
        values: dict[str, Any] = {"silence_id": silence.silence_id}
        if is_over:
            said = f"silenced by {silence.created_by}: {silence.reason}"
            values |= {"state": NotificationState.GIVEN_UP, "last_error": said}
        connection.execute(update(notifications).where(_n.notification_id == one.notification_id).values(**values))
        note_change(connection, "notification", one.notification_id)
