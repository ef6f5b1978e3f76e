"""Who may ask: Host, Origin, tokens and roles, without a socket (the ASGI application itself is asked)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from leadline.settings.services import TokenSettings, WebSettings
from leadline_web.guards import Guard

TOKENS = {
    "eve": TokenSettings(token="v" * 20, role="viewer"),
    "olga": TokenSettings(token="o" * 20, role="operator"),
}


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(f"hello {scope['state']['asker']}")(scope, receive, send)


async def ask(web: WebSettings, method: str = "GET", path: str = "/v1/incidents", **headers: str) -> httpx.Response:
    headers = {name.replace("_", "-"): value for name, value in {"host": "127.0.0.1:8080", **headers}.items()}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Guard(_answer, web=web)), base_url="http://x") as client:
        return await client.request(method, path, headers=headers)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "10.0.0.7", "ops.example"])
async def test_our_own_names_are_answered(host: str) -> None:
    assert (await ask(WebSettings(public_url="https://ops.example"), host=host)).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "", "[::1"])
async def test_a_name_that_is_not_ours_is_refused_since_a_page_could_point_it_here(host: str) -> None:
    answer = await ask(WebSettings(), host=host)
    assert (answer.status_code, answer.json()["field"]) == (421, "Host")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "file://", "http://[bad"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_another_sites_page_is_refused(origin: str, method: str) -> None:
    answer = await ask(WebSettings(), method, origin=origin)
    assert (answer.status_code, answer.json()["field"]) == (403, "Origin")


async def test_our_own_page_and_clients_without_an_origin_are_answered() -> None:
    public = WebSettings(public_url="https://ops.example")
    assert (await ask(WebSettings(), "POST", origin="http://127.0.0.1:8080")).status_code == 200
    assert (await ask(public, "POST", host="ops.example", origin="https://ops.example")).status_code == 200
    assert (await ask(WebSettings(), "POST")).status_code == 200


async def test_a_post_that_a_browser_calls_cross_site_is_refused_without_an_origin_too() -> None:
    assert (await ask(WebSettings(), "POST", sec_fetch_site="cross-site")).status_code == 403


@pytest.mark.parametrize(
    ("authorization", "method", "path", "status"),
    [
        ("", "GET", "/v1/incidents", 401),
        ("Bearer " + "x" * 20, "GET", "/v1/incidents", 401),
        ("Bearer ", "GET", "/v1/incidents", 401),
        ("Bearer " + "v" * 20, "GET", "/v1/incidents", 200),
        ("Bearer " + "v" * 20, "POST", "/v1/query", 200),
        ("Bearer " + "v" * 20, "POST", "/v1/incidents/i/ack", 403),
        ("Bearer " + "o" * 20, "POST", "/v1/incidents/i/ack", 200),
        ("Basic " + b64encode(b"any:" + b"v" * 20).decode(), "GET", "/", 200),
        ("Basic " + b64encode(b"any:" + b"o" * 20).decode(), "POST", "/v1/incidents/i/ack", 403),
        ("Basic " + b64encode(b"any:" + b"x" * 20).decode(), "POST", "/v1/incidents/i/ack", 401),
        ("Basic !!", "GET", "/", 401),
        ("", "GET", "/healthz", 200),
        ("", "GET", "/metrics", 401),
    ],
)
async def test_with_tokens_each_role_may_do_its_own(authorization: str, method: str, path: str, status: int) -> None:
    answer = await ask(WebSettings(tokens=TOKENS), method, path, authorization=authorization)
    assert answer.status_code == status
    assert (status != 401) or answer.headers["www-authenticate"]


async def test_who_asked_is_known_to_the_route() -> None:
    answer = await ask(WebSettings(tokens=TOKENS), "POST", "/v1/silences", authorization="Bearer " + "o" * 20)
    assert answer.text == "hello olga"
    assert (await ask(WebSettings())).text == "hello anybody"


async def test_a_refusal_says_nothing_of_the_token(caplog: Any) -> None:
    answer = await ask(WebSettings(tokens=TOKENS), authorization="Bearer " + "o" * 19)
    assert "ooo" not in answer.text
    assert "ooo" not in caplog.text
