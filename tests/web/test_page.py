"""The plain first page: whole without the dashboard's build, without a script, and each part honest about itself."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from leadline.errors import RecordsUnavailable
from leadline.incidents import Routing
from leadline.model import RunResult, RunStatus
from leadline.records import Records
from leadline.settings import load_settings
from leadline_web.application import build_app
from leadline_web.routes import page


@pytest.fixture
async def front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """Asks for the page of a home on which no store service runs."""
    monkeypatch.setattr(page, "built_page", lambda: None)
    monkeypatch.setattr("leadline_web.store_door.WAIT_FOR_START_S", 0.0)
    (tmp_path / "leadline.toml").write_text('[[app]]\nname = "shop"\n')
    app = build_app(load_settings(tmp_path / "leadline.toml"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        yield client
    app.state.context.records.close()


async def test_a_page_of_an_empty_home_says_so_and_what_it_does_not_know(front: httpx.AsyncClient) -> None:
    text = (await front.get("/")).text
    for word in ("Open incidents", "None.", "No run yet.", "Unknown: the store service does not answer"):
        assert word in text


async def test_the_policy_lets_nothing_in_but_the_pages_own_style(front: httpx.AsyncClient) -> None:
    answer = await front.get("/")
    policy = answer.headers["content-security-policy"]
    nonce = re.search(r'<style nonce="([^"]+)">', answer.text)
    assert nonce is not None
    assert policy.startswith(f"default-src 'none'; style-src 'nonce-{nonce[1]}'")
    assert "<script" not in answer.text
    assert 'style="' not in answer.text
    assert (await front.get("/")).headers["content-security-policy"] != policy


async def test_what_others_wrote_is_shown_as_text(front: httpx.AsyncClient, tmp_path: Path) -> None:
    began = datetime.now(UTC)
    hostile = '<img src=x onerror="alert(1)">'
    records = Records.open(load_settings(tmp_path / "leadline.toml").paths.records)
    records.commit_result(
        RunResult(
            run_id="r", monitor="journey", name=hostile, app="shop", status=RunStatus.FAILED, started_at=began,
            finished_at=began + timedelta(seconds=1), duration_ms=1000, service_version=hostile, cohort=hostile,
        ),
        confirm=1, severity="critical", routing=Routing(targets=()), now=began,
    )  # fmt: skip
    records.close()
    text = (await front.get("/")).text
    assert "&lt;img src=x" in text
    assert "<img" not in text


async def test_records_that_can_not_be_read_are_said_and_not_shown_as_well(
    front: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path) -> Records:
        raise RecordsUnavailable("the records are damaged", hint="restore them")

    monkeypatch.setattr("leadline_web.records_door.Records.open", broken)
    text = (await front.get("/")).text
    assert text.count("Unknown: the records are damaged") == 2
    assert "None." not in text
    answer = await front.get("/v1/incidents")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:leadline:records-unavailable")
    assert (await front.get("/readyz")).status_code == 503
    assert (await front.get("/healthz")).status_code == 200
