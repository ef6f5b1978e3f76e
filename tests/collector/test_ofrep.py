"""Flags at the public door: OFREP as its specification has it, and a kill with everything else dead."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from collector.conftest import APPS, Running, settings_with

from leadline.guard.flag_desk import FlagDesk
from leadline.records import Records
from leadline.settings import configured_flags, configured_rings, load_settings

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
FLAGS = """
[[flag]]
key = "new-checkout"
app = "shop"
variants = { on = true, off = false }
default = "off"
kill = "off"
rules = [{ ring = "staff", variant = "on" }, { share = 0.5, variant = "on" }]
cohorts = { on = "canary", off = "baseline" }
[[flag]]
key = "limits"
app = "shop"
variants = { small = { rows = 10 }, large = { rows = 100 } }
default = "small"
[[flag]]
key = "secret-plan"
app = "people"
variants = { on = true, off = false }
default = "off"
[[ring]]
name = "staff"
app = "shop"
when = { email_domain = "shop.example" }
"""
STAFF = {"targetingKey": "u1", "email_domain": "shop.example"}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(
        tmp_path_factory.mktemp("door"), settings_with("rate_per_address = 1000000", APPS + FLAGS)
    ).start()
    yield running
    running.end()
    assert "Traceback" not in running.log


def ask(door: Running, path: str = "/ofrep/v1/evaluate/flags", body: Any = None, **headers: str) -> httpx.Response:
    return door.post({"context": STAFF} if body is None else body, path, **({"x_api_key": "pk_shop"} | headers))


def desk_of(folder: Path) -> FlagDesk:
    """What the command does, without web, scheduler and store."""
    settings = load_settings(folder / "leadline.toml")
    return FlagDesk(
        Records.open(settings.paths.records),
        home=settings.paths.home,
        flags=configured_flags(settings),
        rings=configured_rings(settings),
        environments={"shop": "production", "people": "production"},
    )


def test_one_flag_is_answered_with_value_variant_and_reason(door: Running) -> None:
    told = ask(door, "/ofrep/v1/evaluate/flags/new-checkout").json()
    assert (told["key"], told["value"], told["variant"], told["reason"]) == (
        "new-checkout",
        True,
        "on",
        "TARGETING_MATCH",
    )
    assert told["metadata"]["cohort"] == "canary"


def test_all_flags_of_the_app_are_answered_and_no_other_app_s(door: Running) -> None:
    told = ask(door).json()
    assert {flag["key"]: flag["value"] for flag in told["flags"]} == {"new-checkout": True, "limits": {"rows": 10}}


def test_in_bulk_a_flag_that_needs_a_targeting_key_fails_alone(door: Running) -> None:
    failed, fine = ask(door, body={"context": {}}).json()["flags"]
    assert failed["errorCode"] == "TARGETING_KEY_MISSING"
    assert fine["reason"] == "STATIC"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/new-checkout", {"context": {}}, 400, "TARGETING_KEY_MISSING"),
        ("/new-checkout", {"context": []}, 400, "INVALID_CONTEXT"),
        ("/new-checkout", {"context": {"targetingKey": 5}}, 400, "INVALID_CONTEXT"),
        ("/new-checkout", "{", 400, "PARSE_ERROR"),
        ("/new-checkout", "[1]", 400, "PARSE_ERROR"),
        ("/secret-plan", {"context": {}}, 404, "FLAG_NOT_FOUND"),
        ("", "nonsense", 400, "PARSE_ERROR"),
    ],
)
def test_each_mistake_has_its_error_code(door: Running, path: str, body: Any, status: int, code: str) -> None:
    answer = ask(door, f"/ofrep/v1/evaluate/flags{path}", body)
    assert (answer.status_code, answer.json()["errorCode"]) == (status, code)
    assert answer.json()["errorDetails"]
    assert answer.json()["type"].startswith("urn:leadline:")


@pytest.mark.parametrize("key", ["/new-checkout", "/limits", "/none", "/new-checkout/", ""])
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"context": STAFF}, {}),
        ({"context": {"targetingKey": "u7"}}, {"origin": "https://shop.example"}),
        ({"context": STAFF}, {"origin": "https://evil.example"}),
        ({"context": STAFF}, {"x_api_key": "pk_none"}),
        ({"context": STAFF}, {"x_api_key": "", "authorization": "Bearer pk_shop"}),
        ({"context": STAFF}, {"x_forwarded_prefix": "/_l"}),
        ({"context": {}}, {}),
        ({"context": {"targetingKey": ["u1"]}}, {}),
        ({"context": {"targetingKey": "u1", "email_domain": {"a": [None, 1e308, True]}}}, {}),
        ('{"context": {"targetingKey": "\\ud800"}}', {}),
        ('{"context": {"targetingKey": NaN}}', {}),
        ("[" * 5000, {}),
        (" ", {}),
    ],
)
def test_an_evaluation_past_asgi_is_answered_as_behind_it(
    door: Running, key: str, body: Any, headers: dict[str, str]
) -> None:
    short = ask(door, f"/ofrep/v1/evaluate/flags{key}", body, **headers)
    long = ask(door, f"/ofrep/v1/evaluate/fl%61gs{key}", body, **headers)  # an escape makes uvicorn read it
    assert (short.status_code, short.content) == (long.status_code, long.content)
    assert dict(short.headers) == dict(long.headers)
    if short.headers.get("etag"):
        again = [
            ask(door, f"/ofrep/v1/evaluate/{flags}{key}", body, **headers, if_none_match=short.headers["etag"])
            for flags in ("flags", "fl%61gs")
        ]
        assert [(one.status_code, one.content) for one in again] == [(304, b"")] * 2
        assert dict(again[0].headers) == dict(again[1].headers)


def test_a_context_of_a_megabyte_is_refused_by_name(door: Running) -> None:
    answer = ask(door, body={"context": {"targetingKey": "u1", "notes": "x" * 1_000_000}})
    assert (answer.status_code, answer.json()["errorCode"], answer.json()["field"]) == (
        413,
        "INVALID_CONTEXT",
        "context",
    )
    assert "larger than 65536 bytes" in answer.json()["detail"]


def test_without_a_context_a_flag_without_rules_is_answered(door: Running) -> None:
    assert ask(door, "/ofrep/v1/evaluate/flags/limits", body={}).json()["variant"] == "small"


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("?key=pk_shop", {"x_api_key": ""}),
        ("", {"x_api_key": "", "authorization": "Bearer pk_shop"}),
        ("", {"x_api_key": "pk_shop"}),
        ("", {"x_api_key": "pk_shop_next"}),
    ],
)
def test_the_app_s_key_opens_its_flags_in_any_of_its_places(door: Running, query: str, headers: dict[str, str]) -> None:
    assert ask(door, f"/ofrep/v1/evaluate/flags/limits{query}", **headers).status_code == 200


@pytest.mark.parametrize("key", ["", "pk_nobody", "pk_old"])
def test_a_key_that_is_missing_unknown_or_revoked_is_401(door: Running, key: str) -> None:
    assert ask(door, x_api_key=key).status_code == 401
    assert door.get("/ofrep/v1/events", x_api_key=key).status_code == 401


def test_a_page_of_another_site_gets_nothing(door: Running) -> None:
    assert ask(door, origin="https://evil.example").status_code == 403
    allowed = ask(door, origin="https://shop.example")
    assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
    assert "ETag" in allowed.headers["access-control-expose-headers"]


def test_a_preflight_allows_what_the_providers_send(door: Running) -> None:
    def preflight(origin: str) -> httpx.Response:
        return door.client.options(f"{door.url}/ofrep/v1/evaluate/flags?key=pk_shop", headers={"origin": origin})

    allowed = preflight("https://shop.example")
    assert allowed.status_code == 204
    assert {"content-type", "if-none-match", "authorization", "x-api-key"} <= set(
        allowed.headers["access-control-allow-headers"].split(", ")
    )
    assert preflight("https://evil.example").status_code == 403


def test_nothing_new_is_304_until_the_context_or_the_flags_change(door: Running) -> None:
    etag = ask(door).headers["etag"]
    same = ask(door, if_none_match=etag)
    assert (same.status_code, same.content) == (304, b"")
    assert ask(door, body={"context": {"targetingKey": "other"}}, if_none_match=etag).status_code == 200


def test_a_proxy_that_makes_the_etag_weak_still_gets_304(door: Running) -> None:
    assert ask(door, if_none_match="W/" + ask(door).headers["etag"]).status_code == 304


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("/_l/ofrep/v1/evaluate/flags", {}, "/_l/ofrep/v1/events?key=pk_shop"),
        ("/ofrep/v1/evaluate/flags", {}, "/ofrep/v1/events?key=pk_shop"),
        ("/ofrep/v1/evaluate/flags", {"x_forwarded_prefix": "/_l"}, "/_l/ofrep/v1/events?key=pk_shop"),
        ("/ofrep/v1/evaluate/flags", {"x_forwarded_prefix": "//evil.example"}, "/ofrep/v1/events?key=pk_shop"),
    ],
)
def test_the_stream_s_address_has_the_request_s_own_prefix(
    door: Running, path: str, headers: dict[str, str], expected: str
) -> None:
    [stream] = ask(door, path, **headers).json()["eventStreams"]
    assert (stream["type"], stream["endpoint"]) == ("sse", {"requestUri": expected})


def test_the_wrong_method_is_told_the_right_one(door: Running) -> None:
    answer = door.get("/ofrep/v1/evaluate/flags")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")


def test_the_killed_flag_is_off_at_once_with_web_scheduler_and_store_dead(
    collector: Callable[..., Running], tmp_path: Path
) -> None:
    door = collector(apps=APPS + FLAGS)
    before = ask(door)
    desk = desk_of(tmp_path)
    desk.kill("new-checkout", by="eve", reason="orders get lost", at=NOW)
    told = ask(door, "/ofrep/v1/evaluate/flags/new-checkout").json()
    assert (told["value"], told["variant"], told["reason"]) == (False, "off", "DISABLED")
    assert ask(door, if_none_match=before.headers["etag"]).status_code == 200
    desk.restore("new-checkout", by="eve", reason="", at=NOW)
    assert ask(door, "/ofrep/v1/evaluate/flags/new-checkout").json()["variant"] == "on"


def test_a_stream_tells_of_a_kill_and_a_comment_keeps_it_open(
    collector: Callable[..., Running], tmp_path: Path, wait: Callable[..., Any]
) -> None:
    door = collector(apps=APPS + FLAGS)
    lines: list[str] = []

    def listen() -> None:
        with httpx.stream("GET", f"{door.url}/_l/ofrep/v1/events?key=pk_shop", timeout=30) as answer:
            assert answer.headers["x-accel-buffering"] == "no"
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines.extend(answer.iter_lines())

    listening = threading.Thread(target=listen)
    listening.start()
    wait(lambda: 'leadline_collector_flag_streams{worker="0"} 1.0' in door.get("/metrics").text)
    desk_of(tmp_path).kill("new-checkout", by="eve", reason="", at=NOW)
    etag = ask(door).json()["metadata"]["flagConfigEtag"]
    wait(lambda: 'leadline_collector_flag_events_total{worker="0"} 1.0' in door.get("/metrics").text)
    assert door.stop() == 0  # a stream does not hold the collector up
    listening.join(timeout=10)
    [told] = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert (told["type"], told["etag"]) == ("refetchEvaluation", etag)
    assert f"id: {etag}" in lines


def test_who_comes_back_after_a_change_is_told_of_it(collector: Callable[..., Running], tmp_path: Path) -> None:
    door = collector(apps=APPS + FLAGS)
    headers = {"Last-Event-ID": "from-before", "x-api-key": "pk_shop"}
    with httpx.stream("GET", f"{door.url}/ofrep/v1/events", headers=headers, timeout=30) as answer:
        assert any("refetchEvaluation" in line for line in answer.iter_lines() if line.startswith("data"))


def test_a_damaged_snapshot_leaves_what_was_in_force(collector: Callable[..., Running], tmp_path: Path) -> None:
    door = collector(apps=APPS + FLAGS)
    desk_of(tmp_path).kill("new-checkout", by="eve", reason="", at=NOW)
    assert ask(door, "/ofrep/v1/evaluate/flags/new-checkout").json()["variant"] == "off"
    (tmp_path / ".leadline" / "flags.json").write_text("{half")
    assert ask(door, "/ofrep/v1/evaluate/flags/new-checkout").json()["variant"] == "off"
    assert "can't be read" in door.log


def test_a_flag_that_is_edited_in_the_file_takes_effect_without_anybody_who_publishes(
    collector: Callable[..., Running], wait: Callable[..., Any]
) -> None:
    door = collector(apps=APPS + FLAGS)
    door.file.write_text(door.settings.replace('default = "small"', 'default = "large"'))
    wait(lambda: ask(door, "/ofrep/v1/evaluate/flags/limits").json()["variant"] == "large")
