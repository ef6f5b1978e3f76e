"""Flags by HTTP: listed, killed, set, restored; published for the collector; who did it stands in the history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from leadline.settings import load_settings
from leadline_web.application import build_app

TOML = """
[web.tokens.eve]
token = "eve-is-an-operator"
role = "operator"
[web.tokens.vic]
token = "vic-is-only-a-viewer"
[[app]]
name = "shop"
[[flag]]
key = "new-checkout"
app = "shop"
variants = { on = true, off = false }
default = "off"
rules = [{ share = 0.05, variant = "on" }]
"""


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    (tmp_path / "leadline.toml").write_text(TOML)
    app = build_app(load_settings(tmp_path / "leadline.toml"))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


async def ask(
    client: httpx.AsyncClient, method: str, path: str, body: Any = None, *, token: str = "eve-is-an-operator"
) -> Any:
    return await client.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})


async def test_an_operator_kills_and_restores_a_flag_and_is_named(client: httpx.AsyncClient, tmp_path: Path) -> None:
    killed = (await ask(client, "POST", "/v1/flags/new-checkout/kill", {"reason": "orders get lost"})).json()
    assert (killed["state"], killed["changed_by"]) == ("killed", "eve")
    published = json.loads((tmp_path / ".leadline" / "flags.json").read_text())
    assert published["states"][0]["override"]["action"] == "killed"
    assert (await ask(client, "POST", "/v1/flags/new-checkout/restore")).json()["state"] == "configured"
    changes = (await ask(client, "GET", "/v1/flags/new-checkout/changes")).json()
    assert [(one["action"], one["reason"]) for one in changes] == [("restored", ""), ("killed", "orders get lost")]


async def test_a_share_is_set(client: httpx.AsyncClient) -> None:
    row = (await ask(client, "POST", "/v1/flags/new-checkout/set", {"share": 0.2})).json()
    assert row["reach"] == "20 % of users: 'on'; the others: 'off'"
    assert (await ask(client, "GET", "/v1/flags")).json() == [row]


async def test_a_viewer_may_look_and_not_kill(client: httpx.AsyncClient) -> None:
    viewer = "vic-is-only-a-viewer"
    assert (await ask(client, "GET", "/v1/flags", token=viewer)).status_code == 200
    assert (await ask(client, "POST", "/v1/flags/new-checkout/kill", token=viewer)).status_code == 403


@pytest.mark.parametrize("act", ["kill", "restore", "set"])
async def test_a_flag_that_is_not_there_is_404_with_the_nearest(client: httpx.AsyncClient, act: str) -> None:
    answer = await ask(client, "POST", f"/v1/flags/new-chekout/{act}", {})
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:leadline:unknown-flag")
    assert answer.json()["remedy"] == "did you mean 'new-checkout'?"


@pytest.mark.parametrize("body", [{"variant": "onn"}, {"share": 5}, {"rings": ["staff"]}, {"nonsense": 1}])
async def test_what_can_t_be_set_is_400(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await ask(client, "POST", "/v1/flags/new-checkout/set", body)).status_code == 400
