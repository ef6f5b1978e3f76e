"""An abort that only kills a flag: the kill is the rollback, with an action that users verify."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest

from leadline.flags import Flag, Rule
from leadline.guard import by_hand
from leadline.guard.by_hand import Person, abort
from leadline.guard.flag_desk import FlagDesk
from leadline.guard.verification import UsersSide, Verifier
from leadline.model import Action
from leadline.records import Records

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
FLAG = Flag(
    key="new-checkout",
    app="shop",
    variants={"on": True, "off": False},
    default="off",
    kill="off",
    rules=(Rule(variant="on", share=0.05),),
)
SIDE = UsersSide(ofrep_url="http://collector", flag="new-checkout", off_variant="off")
EVE = Person(
    by="eve", reason="sells less", waits=True, canary="1.5.0", baseline="1.4.2", verdict_id="01JD", environment="prod"
)


def kill(records: Records, home: Path, monkeypatch: pytest.MonkeyPatch, answer: httpx.Response | Exception) -> Action:
    """The action of an abort while the collector answers so; each look at the clock is five seconds later."""
    turned = iter(range(10_000))

    def collector(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/ofrep/v1/evaluate/flags/new-checkout"
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(by_hand, "Verifier", partial(Verifier, transport=httpx.MockTransport(collector)))
    done = abort(
        "shop",
        flag="new-checkout",
        flag_side=SIDE,
        hooks=(),
        desk=FlagDesk(records, home=home, flags=[FLAG], rings=[], environments={"shop": "prod"}),
        person=EVE,
        records=records,
        wall=lambda: NOON + timedelta(seconds=5 * next(turned)),
    )
    [action] = records.actions()
    assert [(row["did"], row["state"]) for row in done] == [("killed new-checkout", action.state)]
    assert json.loads((home / "flags.json").read_text())["states"][0]["override"]["action"] == "killed"
    assert [(change.action, change.changed_by) for change in records.flag_changes()] == [("killed", "eve")]
    return action


def test_the_kill_is_verified_by_what_users_get_and_belongs_to_its_verdict(
    records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = kill(records, tmp_path, monkeypatch, httpx.Response(200, json={"variant": "off"}))
    assert (action.hook, action.state, action.cause, action.requested_by) == (
        "kill new-checkout",
        "verified",
        "hand",
        "eve",
    )
    assert (action.verdict_id, action.canary, action.environment) == ("01JD", "1.5.0", "prod")  # what *recovered* needs
    assert action.evidence.startswith("3 evaluations in a row: OFREP answers 'off'")


def test_a_kill_that_users_do_not_see_has_failed(
    records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = kill(records, tmp_path, monkeypatch, httpx.Response(200, json={"variant": "on"}))
    assert (action.state, action.error) == ("failed", "not verified within 15 s: OFREP answers 'on'")


def test_a_collector_that_is_not_there_is_named_and_not_waited_for(
    records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = kill(records, tmp_path, monkeypatch, httpx.ConnectError("refused"))
    assert (action.state, action.error) == ("executed", "not verified: OFREP does not answer: ConnectError refused")
