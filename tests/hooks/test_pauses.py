"""A target that asks for a pause, or answers without end: how long anybody waits for it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hooks.stand import write_settings

from leadline.guard.by_hand import PAUSE_S, Person, fire
from leadline.guard.engine import conclude
from leadline.guard.hooks.http_request import ask
from leadline.guard.hooks.seam import Taken
from leadline.guard.verification import UsersSide
from leadline.model import Action
from leadline.model.hooks import HookSpec
from leadline.records import Records
from leadline.settings import load_settings

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
SPEC = HookSpec(name="undo", kind="webhook", retries=3, verify_within_s=60.0)
ACTION = Action(
    action_id="a1",
    hook="undo",
    kind="webhook",
    state="executing",
    cause="verdict",
    requested_at=NOON,
    requested_by="verdict v1",
    idempotency_key="key-1",
)


@pytest.mark.parametrize(("asked_s", "state"), [(None, "executing"), (60.0, "executing"), (61.0, "failed")])
def test_a_target_that_asks_for_more_time_than_users_have_gives_way_to_the_next_hook(
    asked_s: float | None, state: str
) -> None:
    after = conclude(ACTION, SPEC, Taken(is_taken=False, detail="HTTP 429", retry_after_s=asked_s), now=NOON)
    assert after.state == state
    assert ("pause of 61 s, longer than verify_within (60 s)" in after.error) is (state == "failed")


async def test_by_hand_a_hook_is_tried_again_after_the_pause_that_its_target_asks_for(
    tmp_path: Path, hook: Callable[..., Any], target: Any
) -> None:
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    target.answers = [(503, {}, ""), (429, {"Retry-After": "7"}, ""), (429, {"Retry-After": "²"}, ""), (200, {}, "")]
    records = Records.open(tmp_path / "records.sqlite")
    person = Person(by="eve", reason="orders get lost", waits=False, canary="1.5.0", baseline="1.4.2")
    webhook = hook("webhook", url=target.url, secret="a-long-secret", retries=3)
    at = await fire(webhook, UsersSide(), person, records=records, wall=lambda: NOON, pause=pause)
    records.close()
    assert (at.state, at.attempts) == ("executed", 4)
    assert paused == [PAUSE_S, 7.0, PAUSE_S]


class Endless(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100_000


async def test_of_an_answer_without_end_the_beginning_is_read() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Endless()))
    answered = await ask("POST", "http://hook", headers={}, timeout_s=30, transport=transport)
    assert (answered.is_ok, answered.body[:3]) == (True, "xxx")


async def test_a_flag_of_many_environments_is_read_whole(hook: Callable[..., Any], target: Any) -> None:
    environments = {f"team-{number}": {"on": True, "rules": ["x" * 100]} for number in range(100)}
    target.answers = [(200, {}, json.dumps({"environments": {**environments, "production": {"on": False}}}))]
    flag = hook(
        "launchdarkly", url=target.url, project="shop", environment="production", flag="new-checkout", token="t"
    )
    assert await flag.is_off() is True


def test_a_hook_that_nobody_names_is_of_the_only_app(tmp_path: Path) -> None:
    text = '[[hook]]\nname = "undo"\nkind = "command"\ncommand = ["true"]\n'
    settings = write_settings(tmp_path, text, site="http://shop", on_rollback=[])
    assert settings.hook_specs()["undo"].app == "shop"
    file = tmp_path / "leadline.toml"
    file.write_text(file.read_text() + '[[app]]\nname = "blog"\n')
    assert load_settings(file).hook_specs()["undo"].app is None
