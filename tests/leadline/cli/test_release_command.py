"""`leadline release`: stages by a flag, each with its verdict; refused with the reason; aborted at any time."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from leadline.cli import main
from leadline.cli.asking.verdicts import release_under_way
from leadline.clock import now
from leadline.incidents import NOBODY
from leadline.model import Verdict
from leadline.records import Records
from leadline.settings import load_settings

TEXT = """
[[app]]
name = "shop"
[[ring]]
name = "staff"
app = "shop"
when = { email_domain = "shop.example" }
[[flag]]
key = "new-checkout"
app = "shop"
variants = { on = true, off = false }
default = "off"
[[gate]]
app = "shop"
exposure = "new-checkout"
bake = "BAKE"
stages = [{ ring = "staff" }, { share = 0.1 }, { share = 1.0 }]
"""
Run = Callable[..., int]


@pytest.fixture
def file(write_settings: Callable[..., Path]) -> Path:
    return write_settings(TEXT.replace("BAKE", "1ms"))


@pytest.fixture
def run(file: Path) -> Run:
    return lambda *words: main(["release", *words, "-c", str(file)])


def say(file: Path, kind: str) -> None:
    at = now()
    verdict = Verdict(
        app="shop",
        canary="1.5.0",
        baseline="1.4.2",
        verdict="promote",
        reasons=(),
        sentence=f"It is {kind}.",
        decided_at=at,
        since=at - timedelta(hours=1),
    )
    records = Records.open(load_settings(file).paths.records)
    said = replace(verdict, verdict=kind)  # type: ignore[arg-type]
    records.commit_verdict(said, environment="production", routing=NOBODY, now=at)
    records.close()


def status(run: Run, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert run("status", "--format", "json") == 0
    row: dict[str, Any] = json.loads(capsys.readouterr().out)[0]
    return row


def test_a_release_walks_through_its_stages_and_nobody_falls_out(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("start") == 0
    say(file, "promote")
    assert [run("advance"), run("advance"), run("advance")] == [0, 0, 1]
    assert capsys.readouterr().out.splitlines() == [
        "shop: stage 1 of 3, ring:staff",
        "shop: stage 2 of 3, 10 %",
        "shop: stage 3 of 3, 100 %",
        "shop stays at 100 %: 100 % is the last stage",
    ]
    main(["flag", "list", "-c", str(file), "--format", "json"])
    assert json.loads(capsys.readouterr().out)[0]["reach"] == "ring staff and 100 % of users: 'on'; the others: 'off'"


@pytest.mark.parametrize("kind", ["inconclusive", "rollback", "pause", "no_data"])
def test_a_stage_whose_verdict_is_not_promote_is_not_left(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    run("start")
    say(file, kind)
    assert run("advance") == 1
    assert f"the verdict is {kind}: It is {kind}." in capsys.readouterr().out


def test_without_a_verdict_a_stage_is_not_left(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("start")
    assert run("advance") == 1
    assert "there is no verdict yet" in capsys.readouterr().out


def test_a_stage_bakes_before_it_is_left(
    write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_settings(TEXT.replace("BAKE", "60m"))
    main(["release", "start", "-c", str(file)])
    say(file, "promote")
    assert main(["release", "advance", "-c", str(file)]) == 1
    assert "has baked for 0 of 60 minutes" in capsys.readouterr().out


ARMED = """
[[hook]]
name = "undo"
kind = "command"
command = ["true"]
"""


def test_an_armed_gate_below_its_rung_does_not_start_until_its_hook_is_drilled(
    write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    armed = TEXT.replace("BAKE", "1ms") + 'armed = true\non_rollback = ["undo"]\n' + ARMED
    file = write_settings(armed)
    refused = (
        "app 'shop' is not at L3: rollback drilled within 30 days (last good drill never). "
        "Next: leadline hook drill undo"
    )
    assert main(["release", "start", "-c", str(file)]) == 1
    assert f"shop does not start: {refused}" in capsys.readouterr().out
    assert main(["release", "status", "-c", str(file), "--format", "json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["state"], row["refused"]) == ("none", refused)
    assert main(["hook", "drill", "undo", "-c", str(file)]) == 0
    capsys.readouterr()
    assert main(["release", "start", "-c", str(file)]) == 0
    main(["release", "status", "-c", str(file), "--format", "json"])
    assert "shop: stage 1 of 3, ring:staff" in (said := capsys.readouterr().out)
    assert json.loads(said[said.index("[") :])[0]["refused"] is None


def test_an_armed_gate_without_a_hook_names_what_is_missing_and_starts_by_override(
    write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_settings(TEXT.replace("BAKE", "1ms") + "armed = true\n")
    refused = "is not at L3: hooks that roll back (0). Next: [[hook]], named in the gate"
    assert main(["release", "start", "-c", str(file)]) == 1
    assert refused in capsys.readouterr().out
    assert main(["release", "start", "--force", "--reason", "the old hook is gone", "-c", str(file)]) == 0
    assert f"It does not go on by itself: app 'shop' {refused}" in capsys.readouterr().out
    main(["flag", "list", "-c", str(file), "--format", "json"])
    [flag] = json.loads(capsys.readouterr().out)
    assert "override of: app 'shop' is not at L3" in flag["reason"]


def test_a_gate_that_is_not_armed_asks_for_nothing(run: Run, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("start")
    assert "by itself" not in capsys.readouterr().out
    assert status(run, capsys)["refused"] is None


def test_a_stage_that_requires_a_rung_is_refused_below_it_with_the_next_step(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("start", "--require", "3") == 1
    said = capsys.readouterr().out
    assert "shop does not start: app 'shop' is not at L3: something watches it (0 journeys and checks" in said
    assert "Next: add a journey or a [[check]], then: leadline up" in said
    assert status(run, capsys)["stage"] is None
    assert run("start", "--require", "3", "--force", "--reason", "first release") == 0


def test_two_releases_of_one_app_are_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("start") == 0
    assert run("start") == 2
    assert "a release of shop is under way" in capsys.readouterr().err


def test_a_share_that_is_no_stage_is_named_where_it_should_go_on(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("start") == 0
    assert main(["flag", "set", "new-checkout", "on", "--share", "0.3", "-c", str(file)]) == 0
    assert run("advance") == 2
    assert "new-checkout was set to something that is not a stage, by " in capsys.readouterr().err


def test_an_override_has_a_name_and_a_reason_in_the_history(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("start")
    assert run("advance", "--force") == 2
    assert run("advance", "--force", "--reason", "fixes the outage") == 0
    records = Records.open(load_settings(file).paths.records)
    change = records.flag_changes(limit=1)[0]
    records.close()
    assert change.reason == "override of: there is no verdict yet; fixes the outage"
    assert change.changed_by


def test_an_abort_kills_the_flag_and_the_release_is_over(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("start")
    assert run("abort", "--reason", "orders get lost") == 0
    assert "killed new-checkout" in capsys.readouterr().out
    row = status(run, capsys)
    assert row["stage"] is None
    assert row["next"].startswith("new-checkout is killed by")
    assert run("start") == 2
    said = capsys.readouterr().err
    assert ": nobody would get the canary\n  take the kill back first: leadline flag restore new-checkout" in said


def test_a_gate_without_stages_says_what_is_missing(
    write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_settings('[[app]]\nname = "shop"\n[[gate]]\napp = "shop"\n')
    assert main(["release", "start", "-c", str(file)]) == 2
    assert "the gate of shop has no stages" in capsys.readouterr().err


def budget_left(monkeypatch: pytest.MonkeyPatch, ratio: float) -> None:
    """What the store would answer of one objective."""
    answer = SimpleNamespace(name="checkout", left_ratio=ratio, burns=[])
    monkeypatch.setattr("leadline.cli.asking.releases.ask_objectives", lambda settings, app: [answer])


def test_the_error_budget_governs_what_a_release_may_risk(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    budget_left(monkeypatch, 0.05)
    assert run("start") == 1
    assert "the error budget of checkout has 5 % left" in capsys.readouterr().out
    assert run("start", "--force") == 2
    assert run("start", "--force", "--reason", "fixes the outage") == 0
    say(file, "promote")
    budget_left(monkeypatch, 0.2)
    assert run("advance") == 1
    assert "--owner NAME" in capsys.readouterr().out
    assert run("advance", "--owner", "olga") == 0
    assert status(run, capsys)["stage"] == "10 %"
    records = Records.open(load_settings(file).paths.records)
    capped, forced = records.flag_changes(limit=2)
    records.close()
    assert "5 % of users: 'on'" in capped.reach
    assert capped.reason.startswith("owner on call: olga; stage share 10 % is above the cap of 5 %")
    assert forced.reason.startswith("override of: the error budget of checkout has 5 % left")
    budget_left(monkeypatch, 0.9)
    assert run("advance") == 0


def test_a_frozen_budget_is_named_beside_the_verdict_to_the_person_and_in_the_audit(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("start")
    budget_left(monkeypatch, 0.05)
    assert run("advance") == 1
    said = "there is no verdict yet; the error budget of checkout has 5 % left"
    assert said in capsys.readouterr().out
    assert run("advance", "--force", "--reason", "fixes the outage") == 0
    records = Records.open(load_settings(file).paths.records)
    [forced] = records.flag_changes(limit=1)
    records.close()
    assert forced.reason.startswith(f"override of: {said}")


def test_a_verdict_is_anchored_at_the_start_of_the_release(run: Run, file: Path) -> None:
    settings = load_settings(file)
    assert release_under_way(settings, "shop") is None
    begun = now()
    assert run("start") == 0
    say(file, "promote")
    assert run("advance") == 0
    found = release_under_way(settings, "shop")
    assert found is not None
    assert begun <= found.started_at <= now()
    assert [stage.name for stage in found.stages] == ["ring:staff", "10 %"]
