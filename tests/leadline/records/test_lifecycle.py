"""Whatever happens in whatever order, over several monitors, turns, shared causes, escalations, silences and blindness:
every opening reaches every target or is visibly called off, no end before its opening, none open twice, and nothing is
over that no run has judged to be well."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.incidents import Observed, RouteRule, Routing
from leadline.model import Finding, IncidentState, NotificationState, Receipt, Subject, Verdict
from leadline.model.verdicts import ReasonCode, VerdictReason
from leadline.records import Claimed, EndPace, Silence

Told = Any
QUIET, HOLD = timedelta(seconds=30), timedelta(seconds=2)
MONITORS = ["checkout", "search"]
ROUTING = Routing(
    targets=("oncall", "boss"),
    routes=(
        RouteRule(
            targets=("oncall",),
            escalate_after=timedelta(minutes=2),
            escalate_to=("boss",),
            repeat_every=timedelta(minutes=2),
        ),
    ),
    operator="boss",
)
_names, _cohorts = st.sampled_from(MONITORS), st.sampled_from([None, "canary"])
_events = st.lists(
    st.one_of(
        st.tuples(st.just("run"), _names, _cohorts, st.sampled_from(["failed", "passed", "aborted"]), st.booleans()),
        st.tuples(st.just("blind"), _names, st.booleans()),
        st.tuples(st.just("judge"), st.booleans()),
        st.tuples(st.just("turn"), st.sampled_from([1, 10, 40, 130])),
        st.tuples(st.sampled_from(["claim", "accept", "refuse", "forget", "acknowledge", "silence", "restart"])),
    ),
    max_size=40,
)
# Each by itself, more than one together, all that wait in one message, and a target that keeps alerts.
_ends = st.sampled_from(
    [EndPace(), EndPace(limit=1), EndPace(limit=1, storm=("oncall",)), EndPace(limit=1, apart=("oncall",))]
)


class World:
    """Records, and what their targets have been told: the incidents that each believes to be open."""

    def __init__(self, told: Told, ends: EndPace) -> None:
        self.told = told
        self.ends = ends
        self.held: list[Claimed] = []
        self.believed: dict[str, set[str]] = defaultdict(set)
        self.last: dict[tuple[str, str | None], str] = {}
        self.blind: set[str] = set()
        self.heard: dict[str, set[str]] = defaultdict(set)  # by target, the releases that it was told of
        self.is_bad = False
        self.silences = 0

    def run(self, name: str, cohort: str | None, status: str, *, is_shared: bool) -> None:
        self.told.turn(seconds=1)
        self.told.records.commit_result(
            self.told.result(status, name=name, cohort=cohort),
            confirm=1,
            severity="critical",
            routing=ROUTING,
            now=self.told.now,
            shared_cause="host shop.example:443" if is_shared and status == "failed" else None,
            quiet=QUIET,
            hold=HOLD if is_shared else timedelta(),
        )
        if status != "aborted":
            self.last[name, cohort] = status

    def look(self, name: str, *, is_blind: bool) -> None:
        subject = Subject(kind="journey", name=name, app="shop", environment="production")
        found = [Finding(since=self.told.now, location="local")] if is_blind else []
        self.told.records.commit_findings(
            subject, Observed(findings=found), kind="blindness", routing=ROUTING, now=self.told.now
        )
        (self.blind.add if is_blind else self.blind.discard)(name)

    def judge(self, *, is_bad: bool) -> None:
        """Our own journeys fail on 1.5.0 everywhere, or the verdict on it holds."""
        self.told.turn(seconds=1)
        code: ReasonCode = "hard_failures" if is_bad else "baking"
        verdict = Verdict(
            app="shop", canary="1.5.0", baseline="1.4.2", verdict="rollback" if is_bad else "inconclusive",
            reasons=(VerdictReason(code=code, text=code),), sentence=code, decided_at=self.told.now,
            since=self.told.now,
        )  # fmt: skip
        self.told.records.commit_verdict(verdict, environment="production", routing=ROUTING, now=self.told.now)
        self.is_bad = is_bad

    def claim(self) -> list[Claimed]:
        claimed: list[Claimed] = self.told.records.claim_due(
            owner="one", now=self.told.now, lease_s=16, limit=3, ends=self.ends
        )
        self.held += claimed
        return claimed

    def settle(self, one: Claimed, *, is_accepted: bool) -> None:
        self.told.records.record_receipt(
            one.notification.notification_id,
            Receipt(is_accepted=is_accepted, duration_ms=1, reason="" if is_accepted else "500"),
            now=self.told.now,
            next_attempt_at=None if is_accepted else self.told.now + timedelta(seconds=1),
            attempt=one.notification.attempts,
            others=[other.notification for other in one.others],
        )
        for told in (one, *one.others) if is_accepted else ():
            open_here, incident_id = self.believed[one.notification.target], told.incident.incident_id
            release = self.told.records.release_of(told.incident) if told.incident.subject.kind == "journey" else None
            self.heard[one.notification.target] |= {incident_id, *([release.incident_id] if release else [])}
            match told.transition:
                case "open":
                    open_here.add(incident_id)
                case "resolve":
                    assert told.is_combined or incident_id in open_here
                    open_here.discard(incident_id)
                case "change":
                    assert incident_id in open_here

    def do(self, event: tuple[Any, ...]) -> None:
        match event:
            case ("run", name, cohort, status, is_shared):
                self.run(name, cohort, status, is_shared=is_shared)
            case ("blind", name, is_blind):
                self.look(name, is_blind=is_blind)
            case ("judge", is_bad):
                self.judge(is_bad=is_bad)
            case ("turn", seconds):
                self.told.turn(seconds=seconds)
                self.told.records.end_quiet_incidents(self.told.now)
            case ("claim",):
                self.claim()
            case ("accept",) if self.held:
                self.settle(self.held.pop(0), is_accepted=True)
            case ("refuse",) if self.held:
                self.settle(self.held.pop(0), is_accepted=False)
            case ("forget",) if self.held:
                self.held.pop(0)
            case ("restart",):
                self.held.clear()
                self.told.records.end_leases(self.told.now)
            case ("acknowledge",):
                for incident in self.told.records.incidents():
                    self.told.records.acknowledge(incident.incident_id, by="ada", now=self.told.now)
            case ("silence",):
                self.silence()
            case _:
                pass

    def silence(self) -> None:
        self.silences += 1
        self.told.records.add_silence(
            Silence(
                silence_id=f"s{self.silences}", starts_at=self.told.now, reason="move", created_by="ada",
                ends_at=self.told.now + timedelta(seconds=60), created_at=self.told.now, name="search",
            )
        )  # fmt: skip

    def drain(self) -> None:
        """Long after: every lease, silence and pause is over, and every target takes what it is sent."""
        self.held.clear()
        for _ in range(3):
            self.told.turn(minutes=5)
            self.told.records.end_quiet_incidents(self.told.now)
            while self.claim():
                while self.held:
                    self.settle(self.held.pop(0), is_accepted=True)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(events=_events, ends=_ends)
def test_any_life_keeps_its_promises(make_told: Any, events: list[tuple[Any, ...]], ends: EndPace) -> None:
    world = World(make_told(), ends)
    for event in events:
        world.do(event)
    world.drain()
    incidents = world.told.records.incidents(limit=1000)
    unresolved = [one for one in incidents if one.state is not IncidentState.RESOLVED]
    assert len({(one.subject.name, one.kind) for one in unresolved}) == len(unresolved)
    broken = {name for (name, _), status in world.last.items() if status == "failed"}
    failing = [one for one in unresolved if one.kind == "failure"]
    over = {one.incident_id for one in incidents if one.state is IncidentState.RESOLVED and one.shared_cause}
    assert {one.subject.name for one in failing} == broken | ({"1.5.0"} if world.is_bad else set())
    assert {one.subject.name for one in unresolved if one.kind == "blindness"} == world.blind
    for row in world.told.records.notifications(limit=10_000):
        if row.state is not NotificationState.ACCEPTED:
            if row.level == "repeat" and row.due_at is not None and row.due_at > world.told.now:
                continue  # nobody has acknowledged yet
            held = row.transition == "resolve" or row.incident_id in over  # an end may wait for others of its cause
            assert held or (row.state is NotificationState.GIVEN_UP and row.last_error)
    assert world.told.records.oldest_unsent_at(world.told.now) is None
    known = {one.incident_id for one in unresolved}
    assert {one.incident_id for one in failing if one.subject.kind == "journey"} <= world.believed["oncall"]
    # Of a release it hears by a page of its own, or by one about a journey that fails on it.
    assert {one.incident_id for one in failing} <= world.heard["oncall"]
    still_believed = world.believed["oncall"] | world.believed["boss"]
    shared = any(one.shared_cause for one in unresolved)
    assert still_believed <= known or shared  # an end of a shared cause waits for the others
    world.told.records.close()
