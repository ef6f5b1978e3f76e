"""Hooks of kind command and webhook, for real: what the target gets, and what its answer is worth."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

Hook = Callable[..., Any]
MakeAct = Callable[..., Any]


async def test_a_command_gets_its_words_as_they_are_and_the_key_in_its_environment(
    hook: Hook, act: MakeAct, program: Any
) -> None:
    words = (*program.command, "$(touch pwned)", "a b")
    taken = await hook("command", command=words).execute(act())
    assert taken.is_taken
    [ran] = program.runs()
    assert ran["words"] == ["$(touch pwned)", "a b"]
    assert (ran["LEADLINE_IDEMPOTENCY_KEY"], ran["LEADLINE_CANARY"], ran["LEADLINE_DRILL"]) == ("key-1", "1.5.0", "0")


async def test_a_command_that_fails_is_not_taken_and_says_what_it_said(hook: Hook, act: MakeAct, program: Any) -> None:
    program.be("3")
    taken = await hook("command", command=(*program.command, "undo")).execute(act())
    assert (taken.is_taken, taken.detail) == (False, "exit 3: did undo")


async def test_a_command_that_hangs_is_killed_with_all_that_it_started(hook: Hook, act: MakeAct, program: Any) -> None:
    program.be("hang")
    taken = await hook("command", command=program.command, timeout_s=0.5).execute(act())
    assert not taken.is_taken
    assert "did not end within 0.5 s" in taken.detail


async def test_a_command_that_is_not_there_is_found_before_it_is_needed(hook: Hook, act: MakeAct) -> None:
    missing = hook("command", command=("no-such-program",))
    assert not (await missing.preflight()).is_ready
    assert "can't be started" in (await missing.execute(act())).detail


async def test_the_test_of_a_command_does_not_run_it(hook: Hook, program: Any) -> None:
    assert (await hook("command", command=program.command).preflight()).is_ready
    assert program.runs() == []


async def test_a_drill_runs_the_drill_command_else_the_command_with_the_drill_mark(
    hook: Hook, act: MakeAct, program: Any
) -> None:
    drill = act(is_drill=True)
    await hook("command", command=("no-such-program",), drill_command=(*program.command, "rehearse")).drill(drill)
    await hook("command", command=program.command).drill(drill)
    assert [(ran["words"], ran["LEADLINE_DRILL"]) for ran in program.runs()] == [(["rehearse"], "1"), ([], "1")]


async def test_a_webhook_is_signed_and_a_repeat_is_the_same_request(hook: Hook, act: MakeAct, target: Any) -> None:
    webhook = hook("webhook", url=f"{target.url}/undo", secret="a-long-secret")
    for _ in range(2):
        assert (await webhook.execute(act())).is_taken
    first, second = target.requests
    assert first.body == second.body
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == "key-1"
    expected = hmac.new(b"a-long-secret", first.body, hashlib.sha256).hexdigest()
    assert first.headers["x-leadline-signature"] == f"sha256={expected}"
    told = json.loads(first.body)
    assert (told["canary"], told["baseline"], told["is_drill"]) == ("1.5.0", "1.4.2", False)


@pytest.mark.parametrize(
    ("status", "is_taken", "is_final"),
    [
        (200, True, False),
        (202, True, False),
        (301, False, True),
        (404, False, True),
        (429, False, False),
        (503, False, False),
    ],
)
async def test_what_a_webhook_s_answer_means(
    hook: Hook, act: MakeAct, target: Any, status: int, is_taken: bool, is_final: bool
) -> None:
    target.answers = [(status, {"Retry-After": "7", "Location": "http://127.0.0.1:9/"}, "said")]
    taken = await hook("webhook", url=target.url, secret="a-long-secret").execute(act())
    assert (taken.is_taken, taken.is_final, taken.retry_after_s) == (is_taken, is_final, 7.0)
    assert len(target.requests) == 1


async def test_a_webhook_that_nobody_answers_is_not_taken(hook: Hook, act: MakeAct) -> None:
    webhook = hook("webhook", url="http://127.0.0.1:9/", secret="a-long-secret")
    assert "no answer" in (await webhook.execute(act())).detail
    assert not (await webhook.preflight()).is_ready


async def test_a_drill_of_a_webhook_says_so_in_body_and_header(hook: Hook, act: MakeAct, target: Any) -> None:
    await hook("webhook", url=target.url, secret="a-long-secret").drill(act(is_drill=True))
    [request] = target.requests
    assert json.loads(request.body)["is_drill"] is True
    assert request.headers["x-leadline-drill"] == "1"
