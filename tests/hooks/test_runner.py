"""From a verdict to verified: hooks that lie, hang, come late or fail twice, and a human who is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hooks.stand import roll_back, running, until, write_settings

from leadline.model import Action, NotificationState
from leadline.records import Records

OLD = (200, {"X-App-Version": "1.4.2"}, "")
NEW = (200, {"X-App-Version": "1.5.0"}, "")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records.open(tmp_path / ".leadline" / "records.sqlite")
    yield opened
    opened.close()


def hook(name: str, program: Any, **more: str) -> str:
    words = [*program.command, name]
    said = {"timeout": '"5s"', "verify_within": '"30s"', "retries": "0", **more}
    keys = "".join(f"{key} = {value}\n" for key, value in said.items())
    return f'[[hook]]\nname = "{name}"\nkind = "command"\ncommand = {words}\n{keys}'


def states(records: Records) -> dict[str, str]:
    return {action.hook: action.state for action in records.actions()}


def only(records: Records) -> Action:
    [action] = records.actions()
    return action


def page_is_due(records: Records) -> bool:
    from leadline.clock import now

    rows = [row for row in records.notifications() if row.kind == "target"]
    return all(row.due_at is not None and row.due_at <= now() for row in rows)


async def test_a_rollback_runs_its_hook_and_is_verified_by_what_users_get(
    tmp_path: Path, records: Records, program: Any, target: Any
) -> None:
    target.answers = [NEW, OLD]
    settings = write_settings(tmp_path, hook("undo", program), site=target.url, on_rollback=["undo"])
    async with running(settings, records):
        roll_back(records, settings)
        assert not page_is_due(records)
        await until(lambda: only(records).state == "verified")
    action = only(records)
    assert action.evidence.startswith("51 fetches in a row: anyone got 1.4.2")
    assert action.executed_at is not None
    assert action.verified_at is not None
    assert page_is_due(records)
    assert [ran["LEADLINE_IDEMPOTENCY_KEY"] for ran in program.runs()] == [action.idempotency_key]
    [owed] = [row for row in records.notifications() if row.kind == "hook"]
    assert owed.state is NotificationState.ACCEPTED


async def test_a_hook_that_lies_is_found_out_and_the_next_one_acts(
    tmp_path: Path, records: Records, program: Any, target: Any
) -> None:
    target.answers = [NEW]
    hooks = hook("liar", program, verify_within='"300ms"') + hook("honest", program)
    settings = write_settings(tmp_path, hooks, site=target.url, on_rollback=["liar", "honest"])
    async with running(settings, records):
        roll_back(records, settings)
        await until(lambda: states(records).get("liar") == "failed")
        assert page_is_due(records)  # the human hears at once, whatever the next hook does
        target.answers = [OLD]
        await until(lambda: states(records).get("honest") == "verified")
    failed = next(action for action in records.actions() if action.hook == "liar")
    assert failed.error.startswith("not verified within 0.3 s: anyone still gets 1.5.0")
    assert [ran["words"] for ran in program.runs()] == [["liar"], ["honest"]]


async def test_a_forged_receipt_verifies_nothing(tmp_path: Path, records: Records, target: Any) -> None:
    target.answers = [(200, {"X-App-Version": "1.5.0"}, '{"state": "verified", "version": "1.4.2"}')]
    hooks = (
        f'[[hook]]\nname = "forger"\nkind = "webhook"\nurl = "{target.url}"\nsecret = "a-long-secret"\n'
        'verify_within = "300ms"\n'
    )
    settings = write_settings(tmp_path, hooks, site=target.url, on_rollback=["forger"])
    async with running(settings, records):
        roll_back(records, settings)
        await until(lambda: only(records).state == "failed")
    assert "still gets 1.5.0" in only(records).error


async def test_a_hook_that_hangs_is_ended_and_the_next_one_acts(
    tmp_path: Path, records: Records, program: Any, target: Any
) -> None:
    target.answers = [OLD]
    program.be("hang")
    other = '[[hook]]\nname = "webhook"\nkind = "webhook"\nsecret = "a-long-secret"\n' + f'url = "{target.url}"\n'
    hooks = hook("stuck", program, timeout='"300ms"') + other
    settings = write_settings(tmp_path, hooks, site=target.url, on_rollback=["stuck", "webhook"])
    async with running(settings, records):
        roll_back(records, settings)
        await until(lambda: states(records).get("webhook") == "verified")
    assert states(records) == {"stuck": "failed", "webhook": "verified"}


async def test_a_hook_that_fails_is_tried_again_with_the_same_key(
    tmp_path: Path, records: Records, program: Any, target: Any
) -> None:
    target.answers = [OLD]
    program.be("1")
    settings = write_settings(tmp_path, hook("undo", program, retries="5"), site=target.url, on_rollback=["undo"])
    async with running(settings, records):
        roll_back(records, settings)
        await until(lambda: only(records).attempts == 2)
        program.be("0")
        await until(lambda: only(records).state == "verified")
    assert len({ran["LEADLINE_IDEMPOTENCY_KEY"] for ran in program.runs()}) == 1


async def test_a_hook_that_succeeds_late_is_verified_within_its_time(
    tmp_path: Path, records: Records, program: Any, target: Any
) -> None:
    target.answers = [NEW, NEW, OLD]
    settings = write_settings(tmp_path, hook("slow", program), site=target.url, on_rollback=["slow"])
    async with running(settings, records):
        roll_back(records, settings)
        await until(lambda: only(records).state == "verified")
    assert len(program.runs()) == 1


async def test_when_every_hook_failed_an_incident_of_its_own_says_so(
    tmp_path: Path, records: Records, program: Any, target: Any
) -> None:
    target.answers = [NEW]
    program.be("1")
    hooks = hook("first", program) + hook("second", program)
    settings = write_settings(tmp_path, hooks, site=target.url, on_rollback=["first", "second"])
    async with running(settings, records):
        roll_back(records, settings)
        await until(lambda: len(records.incidents()) == 2)
    told = next(one for one in records.incidents() if "rollback" in one.subject.name)
    assert "could not be rolled back" in told.title
    assert told.findings[0].remedy == "Roll back 1.5.0 by hand: there is no further hook."
    assert states(records) == {"first": "failed", "second": "failed"}


async def test_a_gate_that_is_not_armed_runs_nothing_and_says_what_it_would_have_run(
    tmp_path: Path, records: Records, program: Any, target: Any
) -> None:
    settings = write_settings(tmp_path, hook("undo", program), site=target.url, on_rollback=["undo"], armed=False)
    async with running(settings, records) as runner:
        roll_back(records, settings)
        runner.wake()
        await until(lambda: only(records).state == "would_have")
    assert program.runs() == []
    assert page_is_due(records)


async def test_a_hook_that_left_the_file_fails_by_name(
    tmp_path: Path, records: Records, program: Any, target: Any
) -> None:
    settings = write_settings(tmp_path, hook("undo", program), site=target.url, on_rollback=["undo"])
    roll_back(records, settings)
    without = write_settings(tmp_path, "", site=target.url, on_rollback=[])
    async with running(without, records):
        await until(lambda: only(records).state == "failed")
    assert only(records).error == "leadline.toml has no hook of this name any more"


async def test_a_flag_hook_kills_the_flag_and_ofrep_proves_it(tmp_path: Path, records: Records, target: Any) -> None:
    from urllib.parse import urlsplit

    target.answers = [(200, {}, '{"variant": "off", "reason": "DISABLED"}')]
    flag = (
        f'[collector]\nlisten = "{urlsplit(target.url).netloc}"\n[[flag]]\nkey = "new-checkout"\napp = "shop"\n'
        'variants = { on = true, off = false }\ndefault = "off"\n'
        '[[hook]]\nname = "kill"\nkind = "flag"\nflag = "new-checkout"\n'
    )
    settings = write_settings(tmp_path, flag, site=target.url, on_rollback=["kill"])
    async with running(settings, records):
        roll_back(records, settings)
        await until(lambda: only(records).state == "verified")
    [state] = records.flag_states()
    assert state.override is not None
    assert (state.override.action, state.override.by) == ("killed", "hook kill")
    assert (tmp_path / ".leadline" / "flags.json").exists()
