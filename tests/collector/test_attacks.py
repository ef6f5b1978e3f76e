"""What nobody sends by accident: each gets an answer or is cut off, and the next beacon is taken as before."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from collector.sockets import read_all, request

Make = Callable[..., dict[str, Any]]


def closed(running: Any, why: str) -> float:
    for line in running.get("/metrics").text.splitlines():
        if line.startswith("leadline_collector_closed_connections_total") and f'why="{why}"' in line:
            return float(line.split()[-1])
    return 0.0


def test_a_head_that_never_ends_is_cut_off_with_431(standing: Any) -> None:
    with standing.connect() as connection:
        connection.sendall(b"POST /v1/b HTTP/1.1\r\n")
        with pytest.raises(OSError):  # noqa: PT011, PT012  # a reset or a broken pipe, whichever comes first
            for _ in range(10_000):
                connection.sendall(b"X-Flood: " + b"x" * 10_000 + b"\r\n")
    assert closed(standing, "header_flood") >= 1


def test_too_many_headers_are_answered_431(standing: Any, beacon: Make) -> None:
    with standing.connect() as connection:
        connection.sendall(request(beacon(), *[f"X-{number}: 1" for number in range(200)]))
        assert read_all(connection).startswith(b"HTTP/1.1 431 ")


def test_one_long_header_is_answered_431(standing: Any, beacon: Make) -> None:
    with standing.connect() as connection:
        connection.sendall(request(beacon(), "X-Long: " + "x" * 50_000))
        assert read_all(connection).startswith(b"HTTP/1.1 431 ")


def test_a_body_that_stalls_is_ended_with_408(collector: Any, beacon: Make) -> None:
    running = collector(launcher=IMPATIENT)
    with running.connect() as connection:
        connection.sendall(request(beacon())[:-5])
        assert read_all(connection).startswith(b"HTTP/1.1 408 ")


def test_a_head_that_stalls_is_ended_with_408(collector: Any) -> None:
    running = collector(launcher=IMPATIENT)
    with running.connect() as connection:
        connection.sendall(b"POST /v1/b HTTP/1.1\r\nHost: x\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 408 ")
    assert closed(running, "slow_request") == 1


def test_a_connection_that_says_nothing_is_ended(collector: Any) -> None:
    running = collector(launcher=IMPATIENT)
    with running.connect() as connection:
        assert read_all(connection).startswith(b"HTTP/1.1 408 ")


IMPATIENT = """
import sys
from pathlib import Path
from leadline.settings import load_settings
from leadline_collector import service
from leadline_collector.connections import protocol
protocol.SLOWEST_REQUEST_S = protocol.ConnectionGuard.__init__.__kwdefaults__["slowest_s"] = 1
sys.exit(service.main(load_settings(Path(sys.argv[1]))))
"""


def test_a_bomb_is_refused_without_being_unpacked(standing: Any) -> None:
    process = psutil.Process(standing.process.pid)
    before = process.memory_info().rss
    bomb = gzip.compress(b" " * 200_000_000)
    assert standing.post(bomb).status_code == 413
    assert process.memory_info().rss - before < 50_000_000


def test_a_body_of_ten_megabytes_is_answered_413(standing: Any) -> None:
    answer = standing.post(b"[" * 10_000_000)
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")


def test_a_body_of_a_gigabyte_is_refused_when_it_is_announced(standing: Any) -> None:
    with standing.connect() as connection:
        connection.sendall(b"POST /v1/b HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n{")
        assert read_all(connection).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"key":"pk_shop","page_view_id":"a","x":' + b"[" * 200_000,
        b'{"key":"pk_shop","page_view_id":"a","service_version":"\\ud800"}',
        b'{"key":"pk_shop","page_view_id":"a","vitals":{"lcp_ms":NaN}}',
        b'{"key":"pk_shop","page_view_id":"a","service_version":"a\\u0000b"}',
        b'{"key":"pk_shop","page_view_id":"a"}'.decode().encode("utf-16"),
        gzip.compress(gzip.compress(b'{"key":"pk_shop","page_view_id":"a"}')),
        b"\x1f\x8b\x08 torn",
        b"\x00" * 100,
        b"null",
    ],
    ids=[
        "deep array",
        "deep field",
        "surrogate",
        "NaN",
        "NUL",
        "utf-16",
        "gzip twice",
        "torn",
        "zeros",
        "null",
    ],
)
def test_bad_bytes_are_answered_400_with_the_field(standing: Any, body: bytes) -> None:
    answer = standing.post(body)
    assert answer.status_code == 400
    assert answer.json()["field"]


def test_an_infinite_figure_costs_itself(standing: Any) -> None:
    answer = standing.post(b'{"key":"pk_shop","page_view_id":"a","vitals":{"lcp_ms":1e999}}')
    assert answer.status_code == 200
    assert [one["field"] for one in answer.json()["dropped_fields"]] == ["vitals.lcp_ms"]


def test_a_backslash_before_u0000_is_no_nul(standing: Any, beacon: Make) -> None:
    assert standing.post(beacon(errors=[{"message": "\\u0000 is a NUL"}])).status_code == 204


def test_too_many_beacons_in_one_request_are_answered_413(standing: Any, beacon: Make) -> None:
    assert standing.post([beacon() for _ in range(201)]).status_code == 413


def test_pipelined_requests_are_answered_in_order(standing: Any, beacon: Make) -> None:
    with standing.connect() as connection:
        last = request(beacon(), "Connection: close")
        connection.sendall(request(beacon()) + request(beacon(seq=-1)) + last)
        answers = read_all(connection)
    assert [line.split()[1] for line in answers.split(b"HTTP/1.1")[1:] for line in [b"HTTP/1.1" + line]] == [
        b"204",
        b"400",
        b"204",
    ]


def test_a_half_closed_socket_still_gets_its_answer(standing: Any, beacon: Make) -> None:
    sent = beacon()
    with standing.connect() as connection:
        connection.sendall(request(sent, "Connection: close"))
        connection.shutdown(socket.SHUT_WR)
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 204 ")
    assert standing.logged_as(sent["page_view_id"])


def test_what_is_no_http_is_answered_400(standing: Any) -> None:
    with standing.connect() as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 400 ")


def test_a_chunked_body_is_taken(standing: Any, beacon: Make) -> None:
    body = json.dumps(beacon()).encode()
    with standing.connect() as connection:
        connection.sendall(
            b"POST /v1/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            + b"".join(b"1\r\n%c\r\n" % byte for byte in body)
            + b"0\r\n\r\n"
        )
        assert read_all(connection).startswith(b"HTTP/1.1 204 ")


def test_a_client_that_asks_before_sending_is_told_to_go_on(standing: Any, beacon: Make) -> None:
    head, _, body = request(beacon(), "Expect: 100-continue", "Connection: close").partition(b"\r\n\r\n")
    with standing.connect() as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert read_all(connection).startswith(b"HTTP/1.1 204 ")
