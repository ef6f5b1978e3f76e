"""Flagger's webhooks are answered from the records, and what hooks did is listed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from hooks.stand import ROUTING, roll_back

from leadline.clock import new_id, now
from leadline.model import Action
from leadline.records import Records
from leadline.settings import load_settings
from leadline_web.application import build_app

TOML = """
[[app]]
name = "shop"
base_url = "http://127.0.0.1:9"
[[hook]]
name = "flagger"
kind = "flagger"
canary = "shop/checkout"
[[gate]]
app = "shop"
armed = true
on_rollback = ["flagger"]
"""


@pytest.fixture
def stand(tmp_path: Path) -> Any:
    (tmp_path / "leadline.toml").write_text(TOML)
    settings = load_settings(tmp_path / "leadline.toml")
    records = Records.open(settings.paths.records)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(build_app(settings)), base_url="http://localhost")
    yield settings, records, client
    records.close()


async def test_flagger_is_told_to_roll_back_once_the_verdict_said_so(stand: Any) -> None:
    settings, records, client = stand
    assert (await client.post("/v1/gate/flagger/rollback?app=shop", json={"name": "checkout"})).status_code == 403
    roll_back(records, settings)
    assert (await client.post("/v1/gate/flagger/rollback?app=shop")).status_code == 200
    [action] = (await client.get("/v1/actions")).json()
    assert (action["hook"], action["state"]) == ("flagger", "executing")
    assert (await client.get("/v1/actions?state=verified")).json() == []


async def test_flagger_is_held_until_a_promotion_and_a_rehearsal(stand: Any) -> None:
    settings, records, client = stand
    path = "/v1/gate/flagger/confirm-promotion?app=shop"
    assert (await client.post(path)).json()["reason"] == "no verdict yet"
    roll_back(records, settings)
    assert (await client.post(path)).status_code == 403
    verdict = records.verdicts(app="shop", limit=1)[0].verdict
    promoted = replace(verdict, verdict="promote", sentence="Promote 1.5.0.")
    records.commit_verdict(promoted, environment="production", routing=ROUTING, now=now())
    assert "was never rehearsed" in (await client.post(path)).json()["reason"]
    rehearsed = Action(
        action_id=new_id(),
        hook="flagger",
        kind="flagger",
        state="verified",
        cause="drill",
        requested_at=now(),
        requested_by="eve",
        idempotency_key="drill/1",
    )
    records.write_action(rehearsed)
    assert (await client.post(path)).status_code == 200


async def test_hooks_are_listed_with_what_hinders_a_promotion(stand: Any) -> None:
    _, _, client = stand
    [hook] = (await client.get("/v1/hooks")).json()
    assert (hook["name"], hook["armed"]) == ("flagger", True)
    assert hook["drill_problem"].startswith("hook flagger was never rehearsed")
