"""Releases by HTTP: where they stand from the records, and an abort that does what the command does, by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hooks.stand import roll_back

from leadline.cli import main
from leadline.records import Records
from leadline.settings import Settings, load_settings
from leadline_web.application import build_app

TOML = """
[web.tokens.eve]
token = "eve-is-an-operator"
role = "operator"
[web.tokens.vic]
token = "vic-is-only-a-viewer"
[[app]]
name = "shop"
[[app]]
name = "blog"
[[flag]]
key = "new-checkout"
app = "shop"
variants = { on = true, off = false }
default = "off"
[[hook]]
name = "broken"
kind = "command"
command = ["false"]
retries = 0
[[hook]]
name = "works"
kind = "command"
command = ["touch", "taken-back"]
[[gate]]
app = "shop"
exposure = "new-checkout"
stages = [{ share = 0.1 }, { share = 1.0 }]
on_rollback = ["broken", "works"]
[[gate]]
app = "blog"
"""


@dataclass
class Stand:
    settings: Settings
    records: Records
    client: httpx.AsyncClient

    async def ask(self, method: str, path: str, body: Any = None, token: str = "eve-is-an-operator") -> httpx.Response:
        return await self.client.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})

    async def shop(self) -> Any:
        return (await self.ask("GET", "/v1/releases?app=shop")).json()[0]


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    (tmp_path / "leadline.toml").write_text(TOML)
    settings = load_settings(tmp_path / "leadline.toml")
    records = Records.open(settings.paths.records)
    transport = httpx.ASGITransport(build_app(settings))
    yield Stand(settings, records, httpx.AsyncClient(transport=transport, base_url="http://localhost"))
    records.close()


async def test_a_release_is_shown_from_its_start_to_its_abort(stand: Stand, tmp_path: Path) -> None:
    assert (await stand.shop())["state"] == "none"
    file = str(tmp_path / "leadline.toml")
    assert main(["release", "start", "-c", file]) == 2  # two apps: say which
    assert main(["release", "start", "--app", "shop", "-c", file]) == 0
    first = await stand.shop()
    assert (first["state"], first["stage"], first["started_at"]) == ("under_way", "10 %", first["since"])
    assert main(["release", "advance", "--app", "shop", "--force", "--reason", "a fix", "-c", file]) == 0
    second = await stand.shop()
    assert (second["stage_number"], second["started_at"]) == (2, first["started_at"])
    assert second["since"] > first["since"]

    done = (await stand.ask("POST", "/v1/releases/shop/abort", {"reason": "orders get lost", "wait": False})).json()
    assert [(one["did"], one["state"]) for one in done] == [
        ("killed new-checkout", "executed"),
        ("ran hook broken", "failed"),
        ("ran hook works", "executed"),
    ]
    assert (tmp_path / "taken-back").exists()
    published = json.loads((stand.settings.paths.home / "flags.json").read_text())
    assert published["states"][0]["override"]["action"] == "killed"
    ended = await stand.shop()
    assert (ended["state"], ended["next"]) == ("aborted", "new-checkout is killed by eve")
    assert [(one["hook"], one["state"], one["requested_by"], one["reason"]) for one in ended["actions"]] == [
        ("works", "executed", "eve", "orders get lost"),
        ("broken", "failed", "eve", "orders get lost"),
    ]


async def test_what_would_have_run_and_what_was_never_rehearsed_is_said(stand: Stand) -> None:
    roll_back(stand.records, stand.settings)
    shop = await stand.shop()
    assert (shop["verdict"], shop["canary"]) == ("rollback", "1.5.0")
    assert shop["sentence"].startswith("Roll back 1.5.0")
    assert [(one["hook"], one["state"], one["cause"]) for one in shop["actions"]] == [
        ("broken", "would_have", "verdict")
    ]
    assert [one["name"] for one in shop["hooks"]] == ["broken", "works"]
    assert all("was never rehearsed" in one["drill_problem"] for one in shop["hooks"])


async def test_only_an_operator_aborts(stand: Stand, tmp_path: Path) -> None:
    assert (await stand.ask("GET", "/v1/releases", token="vic-is-only-a-viewer")).status_code == 200
    refused = await stand.ask("POST", "/v1/releases/shop/abort", token="vic-is-only-a-viewer")
    assert (refused.status_code, (tmp_path / "taken-back").exists()) == (403, False)


@pytest.mark.parametrize(
    ("app", "body", "status", "field"),
    [
        ("shopp", None, 404, "app"),
        ("blog", None, 400, "app"),
        ("shop", {"reson": "x"}, 400, "reson"),
        ("shop", {"reason": ""}, 400, "reason"),
    ],
)
async def test_what_can_t_be_aborted_is_named(stand: Stand, app: str, body: Any, status: int, field: str) -> None:
    answer = await stand.ask("POST", f"/v1/releases/{app}/abort", body)
    assert (answer.status_code, answer.json()["field"].rpartition(".")[2]) == (status, field)
