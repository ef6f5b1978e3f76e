"""What a page says beyond its incident: read when it is sent, never waited for, never a reason not to send."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.incidents import NOBODY, Observed
from leadline.incidents.acts import ActRules
from leadline.links import PageLinks
from leadline.model import Deployment, Finding, Incident, RunStatus, Subject, Verdict
from leadline.model.verdicts import VerdictReason
from leadline.records import Records
from leadline_scheduler.page_context import ContextReader
from leadline_scheduler.records_thread import RecordsThread


@pytest.fixture
async def incident(break_site: Any, heal_site: Any, records: Records) -> Incident:
    """The canary fails, the baseline passes."""
    await heal_site(cohort="baseline")
    await break_site(cohort="canary")
    [found] = records.incidents()
    return found


async def test_siblings_that_pass_and_the_last_deployment_are_said(
    incident: Incident, records: Records, thread: RecordsThread, tmp_path: Path, turned_clock: Any
) -> None:
    for hours, version in ((3, "1.4.2"), (1, "1.5.0")):
        records.mark_deployment(
            Deployment(
                deployment_id=version, app="shop", environment="production", service_version=version, cohort=None,
                commit=None, deployed_at=turned_clock.now() - timedelta(hours=hours), marked_by="ci",
            )
        )  # fmt: skip
    context = await ContextReader(records=records, thread=thread, home=tmp_path).read(incident)
    assert (context.passing, context.unknown) == (("baseline",), ())
    assert context.deployed_version == "1.5.0"


async def test_the_link_and_the_runbook_follow_what_is_saved(
    incident: Incident, records: Records, thread: RecordsThread, tmp_path: Path, journey_monitor: Any
) -> None:
    from dataclasses import replace

    reader = ContextReader(records=records, thread=thread, home=tmp_path)
    assert (await reader.read(incident)).link is None
    monitor = journey_monitor(cohort="canary")
    monitor = replace(monitor, spec=replace(monitor.spec, runbook="https://wiki.example/x", owner="shop team"))
    reader.follow(public_url="https://ops.example/", monitors=[monitor])
    context = await reader.read(incident)
    assert context.link == f"https://ops.example/i/{PageLinks.open(tmp_path).token_for(incident.incident_id)}"
    assert (context.runbook, context.owner) == ("https://wiki.example/x", "shop team")


async def test_the_address_of_a_check_has_no_user_and_no_query(
    records: Records, thread: RecordsThread, tmp_path: Path, check_monitor: Any, turned_clock: Any
) -> None:
    now = turned_clock.now()
    monitor = check_monitor(url="https://ada:pw@shop.example:8443/health?token=x")
    reader = ContextReader(records=records, thread=thread, home=tmp_path)
    reader.follow(public_url=None, monitors=[monitor])
    subject = Subject(kind="check", name=monitor.name, app="shop", environment="production")
    opened = records.commit_findings(
        subject, Observed(findings=(Finding(since=now),)), routing=NOBODY, now=now
    ).incident
    assert opened is not None
    assert (await reader.read(opened)).address == "https://shop.example:8443/health"


async def test_a_store_that_does_not_answer_is_not_waited_for(
    incident: Incident, records: Records, thread: RecordsThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadline_scheduler.page_context.IMPACT_TIMEOUT_S", 0.05)

    async def never(_: Incident) -> str | None:
        await asyncio.Event().wait()
        return "unreachable"

    reader = ContextReader(records=records, thread=thread, home=tmp_path, ask_impact=never)
    assert (await reader.read(incident)).impact is None


async def test_a_key_that_can_not_be_made_costs_the_link_and_not_the_page(
    incident: Incident, records: Records, thread: RecordsThread, tmp_path: Path
) -> None:
    (tmp_path / "link.key").write_bytes(b"short")
    reader = ContextReader(records=records, thread=thread, home=tmp_path)
    reader.follow(public_url="https://ops.example", monitors=[])
    context = await reader.read(incident)
    assert (context.link, context.passing) == (None, ("baseline",))


async def test_an_aborted_sibling_is_not_known(
    incident: Incident, records: Records, thread: RecordsThread, tmp_path: Path, make_slot_runner: Any, runner: Any,
    journey_monitor: Any, turned_clock: Any,
) -> None:  # fmt: skip
    runner.script = {"baseline": [RunStatus.ABORTED]}
    await make_slot_runner().run_slot(journey_monitor(cohort="baseline"), turned_clock.now())
    context = await ContextReader(records=records, thread=thread, home=tmp_path).read(incident)
    assert (context.passing, context.unknown) == ((), ("baseline",))


async def test_a_journeys_page_says_how_the_release_stands_that_it_fails_on(
    records: Records, thread: RecordsThread, tmp_path: Path, turned_clock: Any
) -> None:
    version, now = "1.5.0", turned_clock.now()
    failing = Finding(since=now, cohort="canary", location="local", cause="assertion", service_version=version)
    subject = Subject(kind="journey", name="checkout", app="shop", environment="production")
    records.commit_findings(subject, Observed(findings=[failing]), routing=NOBODY, now=now)
    verdict = Verdict(
        app="shop", canary=version, baseline="1.4.2", verdict="rollback", sentence=f"Roll back {version}.",
        reasons=(VerdictReason(code="hard_failures", text="checkout failed 3 times in a row"),),
        decided_at=turned_clock.now(), since=turned_clock.now() - timedelta(hours=1), may_act=True,
    )  # fmt: skip
    records.commit_verdict(
        verdict, environment="production", routing=NOBODY, now=turned_clock.now(),
        acts=ActRules(hooks=(("kill", "flag"),)),
    )  # fmt: skip
    [journey] = [one for one in records.incidents() if one.subject.kind == "journey"]
    context = await ContextReader(records=records, thread=thread, home=tmp_path).read(journey)
    assert context.release == f"Release {version} fails our journeys everywhere."
    assert str(context.remedy).startswith(f"Roll back {version}.")
    assert context.machine == ("Nothing was done: the gate is not armed. Leadline would have run hook kill.",)
