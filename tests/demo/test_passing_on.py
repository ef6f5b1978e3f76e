"""`/_l/` reaches the collector as it was sent, and its answer comes back as it was given."""

from __future__ import annotations

import gzip
import os

import pytest
from aiohttp import ClientSession, web
from yarl import URL

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOSTILE = bytes(range(256)) * 40


@pytest.mark.parametrize("body", [b"{}", HOSTILE, gzip.compress(b'{"key":"pk"}', mtime=0), os.urandom(300_000)])
async def test_a_body_passes_byte_for_byte(shop, collector, body: bytes) -> None:
    async with ClientSession() as client:
        answer = await client.post(URL(f"{shop.url}/_l/v1/b?key=pk_demo&x=a%2Fb", encoded=True), data=body)
    assert answer.status == 204
    assert collector.arrived[-1].body == body
    assert collector.arrived[-1].path == "/v1/b?key=pk_demo&x=a%2Fb"


async def test_headers_that_tell_of_the_body_pass_and_those_of_the_visitor_do_not(shop, collector) -> None:
    sent = {
        "Content-Type": "text/plain;charset=UTF-8",
        "Content-Encoding": "gzip",
        "Origin": "http://shop.example",
        "Traceparent": "00-1-2-01",
        "X-Leadline-Run": "R1",
        "Authorization": "Bearer secret",
        "Cookie": "session=secret",
        "X-Forwarded-For": "203.0.113.9",
    }
    async with ClientSession() as client:
        await client.post(f"{shop.url}/_l/v1/b", data=gzip.compress(b"{}", mtime=0), headers=sent)
    headers = collector.arrived[-1].headers
    assert collector.arrived[-1].body == gzip.compress(b"{}", mtime=0)
    for name in ("Content-Type", "Content-Encoding", "Origin", "Traceparent", "X-Leadline-Run"):
        assert headers[name] == sent[name]
    assert headers["X-Forwarded-For"] == "203.0.113.9, 127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "http"
    assert "secret" not in str(headers)


async def test_an_answer_comes_back_with_its_status_headers_and_bytes(shop, collector) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "7", "Leadline-Dropped": "sampled"}, body=HOSTILE)

    collector.answer = refuse
    async with ClientSession() as client:
        answer = await client.get(f"{shop.url}/_l/b.js")
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
        assert await answer.read() == HOSTILE
    assert "X-App-Version" not in answer.headers


async def test_a_compressed_answer_is_not_opened_on_the_way(shop, collector) -> None:
    packed = gzip.compress(b"window.leadline = {}" * 50)

    async def answer_packed(_: web.Request) -> web.Response:
        return web.Response(body=packed, headers={"Content-Encoding": "gzip", "ETag": '"1"'})

    collector.answer = answer_packed
    async with ClientSession(auto_decompress=False) as client:
        answer = await client.get(f"{shop.url}/_l/b.js")
        assert await answer.read() == packed
    assert answer.headers["ETag"] == '"1"'


async def test_a_collector_that_is_gone_is_a_502_and_the_shop_goes_on(shop) -> None:
    from shop.passing_on import Collector
    from shop.visit import SHOP

    shop.app[SHOP].collector._base_url = "http://127.0.0.1:9/"
    assert isinstance(shop.app[SHOP].collector, Collector)
    async with ClientSession() as client:
        assert (await client.post(f"{shop.url}/_l/v1/b", data=b"{}")).status == 502
        assert (await client.get(shop.url)).status == 200
