"""The usual beacon goes without ASGI: the same answer, the same record, the same end as the ASGI way."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import uvicorn

from leadline_collector.connections.protocol import ConnectionGuard, guarded
from leadline_collector.connections.whole_request import WholeRequest
from leadline_collector.intake.answers import NO_CONTENT

Make = Callable[..., dict[str, Any]]
# A query of any kind makes uvicorn's own machinery take the request.
ASGI = "/v1/b?by=asgi"

BREAKS_A_STEP = """
import sys
from pathlib import Path
from leadline.settings import load_settings
from leadline_collector import service
from leadline_collector.connections import shortcut

def break_down(arrival):
    raise ZeroDivisionError("a bug in a step")

shortcut.run_steps = break_down
sys.exit(service.main(load_settings(Path(sys.argv[1]))))
"""


def head(body: bytes, *headers: str) -> bytes:
    lines = ["POST /v1/b HTTP/1.1", "Host: x", "Content-Type: text/plain", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"key": "pk_none"},
        {"key": "pk_old"},
        {"key": "pk_off"},
        {"seq": -1},
        {"errors": [{}]},
        {"route": "/" * 2000},
    ],
    ids=["good", "unknown key", "revoked key", "app off", "bad field", "bad error", "long"],
)
@pytest.mark.parametrize("headers", [{}, {"origin": "https://shop.example"}, {"origin": "https://evil.example"}])
def test_both_ways_answer_the_same(
    standing: Any, beacon: Make, fields: dict[str, Any], headers: dict[str, str]
) -> None:
    short, long = (standing.post(beacon(**fields), path, **headers) for path in ("/v1/b", ASGI))
    assert (short.status_code, short.content) == (long.status_code, long.content)
    assert dict(short.headers) == dict(long.headers)


def test_both_ways_write_the_same_record(standing: Any, beacon: Make) -> None:
    sent = [beacon(url="https://shop.example/?a=1", seq=4), beacon(url="https://shop.example/?a=1", seq=4)]
    for each, path in zip(sent, ("/v1/b", ASGI), strict=True):
        assert standing.post(each, path, x_forwarded_for="203.0.113.7").status_code == 204
    short, long = (standing.logged_as(each["page_view_id"]) for each in sent)
    assert (short.network, short.beacon.url, short.client) == (long.network, long.beacon.url, long.client)
    assert short.network == "203.0.113.0/24"


@pytest.mark.parametrize("prefix", ["", "/_l"])
def test_an_array_to_the_same_path_goes_the_asgi_way(standing: Any, beacon: Make, prefix: str) -> None:
    assert standing.post([beacon(), beacon()], f"{prefix}/v1/b").status_code == 204


def test_a_body_that_comes_in_pieces_is_taken_whole(standing: Any, beacon: Make) -> None:
    body = json.dumps(beacon(route="/pieces")).encode()
    with standing.connect() as connection:
        connection.sendall(head(body))
        for start in range(0, len(body), 7):
            connection.sendall(body[start : start + 7])
        assert connection.recv(65536).startswith(b"HTTP/1.1 204 ")


def test_one_connection_carries_many_beacons_of_both_ways(standing: Any, beacon: Make) -> None:
    with standing.connect() as connection:
        for number in range(20):
            body = json.dumps(beacon() if number % 3 else [beacon()]).encode()
            connection.sendall(head(body) + body)
            assert connection.recv(65536).startswith(b"HTTP/1.1 204 ")


def test_requests_pipelined_behind_one_that_waits_for_its_commit_are_answered_in_order(
    standing: Any, beacon: Make
) -> None:
    bodies = [json.dumps(each).encode() for each in (beacon(), beacon(seq=-1), [beacon()], beacon(key="pk_none"))]
    with standing.connect() as connection:
        connection.sendall(b"".join(head(body) + body for body in bodies) + b"GET /nothing HTTP/1.0\r\n\r\n")
        answers = b""
        while chunk := connection.recv(65536):
            answers += chunk
    assert [each.split()[0] for each in answers.split(b"HTTP/1.1 ")[1:]] == [b"204", b"400", b"204", b"401", b"404"]


def test_a_sender_that_leaves_before_the_commit_loses_its_answer_only(standing: Any, beacon: Make) -> None:
    views = [beacon() for _ in range(20)]
    for view in views:
        body = json.dumps(view).encode()
        with standing.connect() as connection:
            connection.sendall(head(body) + body)
    assert standing.post(last := beacon()).status_code == 204
    assert standing.logged_as(last["page_view_id"])


def test_an_idle_connection_is_closed_after_uvicorns_keep_alive_time(standing: Any, beacon: Make) -> None:
    body = json.dumps(beacon()).encode()
    with standing.connect() as connection:
        connection.sendall(head(body) + body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 204 ")
        assert connection.recv(65536) == b""


def test_a_bug_in_a_step_is_answered_500_and_logged_and_costs_no_other_request(collector: Any, beacon: Make) -> None:
    running = collector(launcher=BREAKS_A_STEP)
    assert running.post(beacon()).status_code == 500
    assert running.post(beacon(), ASGI).status_code == 204
    assert "a bug in a step" in running.log


class TakesAll:
    """A shortcut that answers at once."""

    def offers(self, url: bytes) -> bool:
        return True

    def take(self, request: WholeRequest) -> bool:
        request.answer(NO_CONTENT)
        return True


async def test_a_closed_connection_leaves_nothing_for_the_garbage_collector() -> None:
    ended: list[weakref.ref[Any]] = []
    noted = asyncio.Event()

    class Noting(guarded(ConnectionGuard(lambda why: None, TakesAll()))):  # type: ignore[misc]
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            ended.append(weakref.ref(self))
            noted.set()

    async def nothing(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("everything goes by the shortcut")

    config = uvicorn.Config(nothing, lifespan="off", log_config=None)
    config.load()
    state = uvicorn.Server(config).server_state
    server = await asyncio.get_running_loop().create_server(lambda: Noting(config, state, {}), "127.0.0.1", 0)
    gc.disable()
    try:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(head(b"{}") + b"{}")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204 ")
        writer.close()
        await writer.wait_closed()
        await noted.wait()
        await asyncio.sleep(0)  # the transport lets go of it in the next turn of the loop
        await asyncio.sleep(0)
        assert ended[0]() is None
    finally:
        gc.enable()
        server.close()
        await server.wait_closed()
