"""Incidents, notifications, acknowledging, silencing and deployments, with no service running: real records on disk."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.cli import main
from leadline.incidents import Routing
from leadline.model import RunResult, RunStatus
from leadline.records import Records
from leadline.settings import load_settings

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
APP = '[[app]]\nname = "shop"\nenvironment = "staging"\n'


@pytest.fixture
def file(write_settings: Callable[..., Path]) -> Path:
    return write_settings(APP)


@pytest.fixture
def incident_id(file: Path) -> str:
    """An incident of which oncall and chat were told."""
    paths = load_settings(file).paths
    paths.create_folders()
    records = Records.open(paths.records)
    result = RunResult(
        run_id="01JB0000000000000000000001",
        monitor="journey",
        name="checkout",
        app="shop",
        status=RunStatus.FAILED,
        started_at=NOON,
        finished_at=NOON + timedelta(seconds=3),
        duration_ms=3000,
        error_message="no button",
    )
    judged = records.commit_result(
        result,
        confirm=1,
        severity="critical",
        routing=Routing(targets=("oncall", "chat")),
        now=NOON + timedelta(seconds=3),
    )
    records.close()
    assert judged.incident is not None
    return judged.incident.incident_id


def as_json(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_an_incident_is_listed_as_a_flat_object(
    file: Path, incident_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["incidents", "-c", str(file), "--format", "json"]) == 0
    [row] = as_json(capsys)
    assert (row["incident_id"], row["state"], row["since"]) == (incident_id, "open", "2026-11-24T12:00:00Z")


def test_there_is_one_line_per_incident_transition_and_target(
    file: Path, incident_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["notifications", "-c", str(file), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert sorted((row["incident_id"], row["transition"], row["target"], row["state"]) for row in rows) == [
        (incident_id, "open", "chat", "pending"),
        (incident_id, "open", "oncall", "pending"),
    ]
    assert [row["combined_into"] for row in rows] == ["", ""]


def test_incidents_can_be_narrowed_to_a_state(file: Path, incident_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["incidents", "-c", str(file), "--state", "resolved"])
    assert capsys.readouterr().out == "No incidents.\n"


def test_a_home_without_records_has_no_incidents_and_stays_as_it_is(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["incidents", "-c", str(file)]) == 0
    assert capsys.readouterr().out == "No incidents.\n"
    assert not (file.parent / ".leadline").exists()


def test_who_acknowledges_is_seen_by_name(
    file: Path, incident_id: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "grace")
    assert main(["ack", incident_id, "-c", str(file)]) == 0
    assert capsys.readouterr().out.endswith(": acknowledged, grace\n")
    main(["incidents", "-c", str(file), "--format", "json"])
    assert as_json(capsys)[0]["acknowledged_by"] == "grace"


def test_an_incident_that_is_not_there_can_not_be_acknowledged(
    file: Path, incident_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ack", "nonsense", "-c", str(file)]) == 2
    assert "no incident with ID 'nonsense'" in capsys.readouterr().err


def test_a_note_is_kept_with_the_name_of_who_wrote_it(
    file: Path, incident_id: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "grace")
    assert main(["note", incident_id, " provider is down ", "-c", str(file)]) == 0
    records = Records.open(load_settings(file).paths.records)
    assert [(one.by, one.text) for one in records.notes(incident_id)] == [("grace", "provider is down")]
    records.close()
    capsys.readouterr()
    for words, problem in (
        (["nonsense", "x"], "no incident with ID 'nonsense'"),
        ([incident_id, " "], "the note is empty"),
        ([incident_id, "x" * 4001], "the note has 4,001 characters"),
    ):
        assert main(["note", *words, "-c", str(file)]) == 2
        assert problem in capsys.readouterr().err


def test_a_deployment_registers_its_version(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--app", "shop", "--version", "1.5.0", "--cohort", "canary", "--commit", "3f2a9c1"]
    assert main(["deploy", "mark", *words, "-c", str(file)]) == 0
    assert capsys.readouterr().out.startswith("marked shop 1.5.0 to canary in staging: ")
    records = Records.open(load_settings(file).paths.records)
    assert list(records.registered_versions("shop")) == ["1.5.0"]
    records.close()


def test_a_deployment_keeps_when_its_commit_was_made(file: Path) -> None:
    words = ["--app", "shop", "--version", "1.5.0", "--committed-at", "2026-11-24T10:30:00+01:00"]
    assert main(["deploy", "mark", *words, "-c", str(file)]) == 0
    records = Records.open(load_settings(file).paths.records)
    assert [one.committed_at for one in records.deployments()] == [datetime(2026, 11, 24, 9, 30, tzinfo=UTC)]
    records.close()


@pytest.mark.parametrize("said", ["soon", "2999-01-01T00:00:00Z"])
def test_a_commit_made_at_no_possible_time_is_refused(
    said: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--app", "shop", "--version", "1", "--committed-at", said]
    assert main(["deploy", "mark", *words, "-c", str(file)]) == 2
    assert "--committed-at" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "said", "told"),
    [
        ("--version", "", "must not be empty"),
        ("--version", " ", "must not be empty"),
        ("--cohort", "", "must not be empty"),
        ("--commit", "a" * 129, "129 characters"),
    ],
)
def test_a_deployment_of_nothing_is_refused(
    option: str, said: str, told: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where CI did not set the variable that the version comes from."""
    words = {"--app": "shop", "--version": "1", option: said}
    assert main(["deploy", "mark", *(word for pair in words.items() for word in pair), "-c", str(file)]) == 2
    assert f"{option} " in (error := capsys.readouterr().err)
    assert told in error


def test_a_deployment_of_an_unknown_app_is_refused(file: Path) -> None:
    assert main(["deploy", "mark", "--app", "shp", "--version", "1", "-c", str(file)]) == 2


def test_a_silence_is_listed_until_it_is_ended(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["silence", "add", "--app", "shop", "--for", "2h", "--reason", "moving", "-c", str(file)]) == 0
    silence_id = capsys.readouterr().out.split()[-1]
    main(["silence", "list", "--format", "json", "-c", str(file)])
    [row] = as_json(capsys)
    assert (row["silence_id"], row["app"], row["reason"]) == (silence_id, "shop", "moving")
    assert main(["silence", "end", silence_id, "-c", str(file)]) == 0
    capsys.readouterr()
    main(["silence", "list", "-c", str(file)])
    assert capsys.readouterr().out == "Nothing is silenced.\n"


@pytest.mark.parametrize("span", ["2", "soon", "91d"])
def test_a_silence_without_a_sensible_end_is_refused(span: str, file: Path) -> None:
    assert main(["silence", "add", "--for", span, "--reason", "x", "-c", str(file)]) == 2


def test_the_status_says_what_is_silenced_until_when_by_whom_and_why(
    incident_id: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["silence", "add", "--journey", "checkout", "--for", "2h", "--reason", "ticket 4711", "-c", str(file)])
    capsys.readouterr()
    assert main(["status", "-c", str(file), "--format", "json"]) == 1
    [row] = [one for one in as_json(capsys) if one["what"] == "silence"]
    assert (row["name"], row["state"]) == ("journey checkout", "in force")
    assert row["detail"].startswith("until 20")
    assert row["detail"].endswith(": ticket 4711")


def test_the_status_of_a_home_on_which_nothing_runs_is_no(
    file: Path, incident_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "-c", str(file), "--format", "json"]) == 1
    rows = as_json(capsys)
    assert {row["name"]: row["state"] for row in rows if row["what"] == "service"} == {
        "up": "not running",
        "collector": "not running",
        "scheduler": "not running",
        "store": "not running",
        "web": "not running",
    }
    assert [row["detail"] for row in rows if row["what"] == "incident"] == [f"leadline ack {incident_id}"]
    assert [(row["name"], row["state"]) for row in rows if row["what"] == "journey"] == [("checkout", "failed")]


def test_on_call_acts_from_a_shell_without_the_secrets_of_the_services(
    incident_id: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = '[notify]\ntargets = { oncall = "pagerduty://${NOT_SET_HERE}", chat_file = "no-such-file" }\n'
    file.write_text(f"{file.read_text()}\n{secrets}")
    assert main(["ack", incident_id, "-c", str(file)]) == 0
    capsys.readouterr()
    assert main(["incidents", "--format", "json", "-c", str(file)]) == 0
    assert [row["state"] for row in as_json(capsys)] == ["acknowledged"]
    assert main(["silence", "add", "--app", "shop", "--for", "5m", "--reason", "night", "-c", str(file)]) == 0
    assert main(["validate", "-c", str(file)]) == 2
    assert "NOT_SET_HERE is not set" in capsys.readouterr().err


def test_where_the_data_is_must_be_known(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(file.read_text().replace("[home]", '[home]\nevidence = "${NOT_SET_HERE}"'))
    assert main(["incidents", "-c", str(file)]) == 2
    assert "NOT_SET_HERE is not set" in capsys.readouterr().err


@pytest.mark.parametrize(("kind", "name"), [("--journey", "chekout"), ("--check", "checkout"), ("--check", "nosuch")])
def test_a_silence_that_matches_nothing_is_refused(
    kind: str, name: str, incident_id: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["silence", "add", kind, name, "--for", "2h", "--reason", "x", "-c", str(file)]) == 2
    assert f"named '{name}'" in capsys.readouterr().err
    assert main(["silence", "add", "--journey", "checkout", "--for", "2h", "--reason", "x", "-c", str(file)]) == 0
