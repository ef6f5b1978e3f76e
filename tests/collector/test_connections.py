"""What a connection may do beside its requests: trailers, pipelines, closed halves, offers of another protocol."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from collector.sockets import read_all, request

Make = Callable[..., dict[str, Any]]
CHUNKED = b"POST /v1/b HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.7\r\nTransfer-Encoding: chunked\r\n\r\n"


def statuses(answers: bytes) -> list[bytes]:
    return re.findall(rb"HTTP/1\.1 (\d{3}) [A-Z]", answers)


def closed(running: Any, why: str) -> float:
    for line in running.get("/metrics").text.splitlines():
        if line.startswith("leadline_collector_closed_connections_total") and f'why="{why}"' in line:
            return float(line.split()[-1])
    return 0.0


@pytest.mark.parametrize("piece", [b"X-T: " + b"x" * 60_000 + b"\r\n", b"x" * 60_000], ids=["many", "one without end"])
def test_trailers_without_end_are_cut_off_and_cost_no_memory(standing: Any, piece: bytes) -> None:
    process = psutil.Process(standing.process.pid)
    before, floods = process.memory_info().rss, closed(standing, "header_flood")
    with standing.connect() as connection:
        connection.sendall(CHUNKED + b"2\r\n{}\r\n0\r\nX-T: ")
        with pytest.raises(OSError):  # noqa: PT011, PT012  # a reset or a broken pipe, whichever comes first
            for _ in range(10_000):
                connection.sendall(piece)
    assert process.memory_info().rss - before < 20_000_000
    assert closed(standing, "header_flood") == floods + 1


def test_a_trailer_changes_no_header(standing: Any, beacon: Make) -> None:
    sent = beacon()
    body = json.dumps(sent).encode()
    with standing.connect() as connection:
        trailers = b"0\r\nX-Forwarded-For: 198.51.100.9\r\nConnection: close\r\n\r\n"
        connection.sendall(CHUNKED + b"%x\r\n%s\r\n" % (len(body), body) + trailers)
        assert connection.recv(65536).startswith(b"HTTP/1.1 204 ")
    assert standing.logged_as(sent["page_view_id"]).network == "203.0.113.0/24"


def test_chunks_of_one_byte_in_pieces_of_their_own_are_no_flood(standing: Any, beacon: Make) -> None:
    body = json.dumps(beacon()).encode()
    with standing.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(CHUNKED)
        for byte in body:
            connection.sendall(b"1;note=x\r\n")
            connection.sendall(b"%c\r\n" % byte)
        connection.sendall(b"0\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 204 ")


def test_many_pipelined_requests_in_one_piece_are_no_header_flood(standing: Any, beacon: Make) -> None:
    one = request(beacon(attributes={"a": "x" * 3000}))
    with standing.connect() as connection:
        connection.sendall(one * 30 + one[:60])  # 100 kB, the last head unfinished
        connection.sendall(one[60:])
        connection.shutdown(socket.SHUT_WR)
        assert statuses(read_all(connection)) == [b"204"] * 31


def test_a_flood_of_pipelined_requests_is_ended_and_costs_no_memory(standing: Any) -> None:
    process = psutil.Process(standing.process.pid)
    before, floods = process.memory_info().rss, closed(standing, "pipeline_flood")
    with standing.connect() as connection:
        connection.settimeout(30)
        try:
            for _ in range(60):
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
        except OSError:
            pass
        else:
            connection.shutdown(socket.SHUT_WR)
            read_all(connection)
    assert closed(standing, "pipeline_flood") == floods + 1
    assert process.memory_info().rss - before < 20_000_000


def test_what_is_no_http_behind_good_requests_leaves_them_their_answers(standing: Any, beacon: Make) -> None:
    good, bad = request(beacon()), request(beacon(seq=-1))
    with standing.connect() as connection:
        connection.sendall(good + bad + request([beacon()]) + b"no HTTP at all\r\n\r\n" + good)
        assert statuses(read_all(connection)) == [b"204", b"400", b"204"]


@pytest.mark.parametrize("path", ["/v1/b", "/v1/b?by=asgi"])
def test_a_sender_that_closed_its_half_gets_its_answer(standing: Any, beacon: Make, path: str) -> None:
    with standing.connect() as connection:
        connection.sendall(request(beacon(), path=path) + request(beacon(), path=path))
        connection.shutdown(socket.SHUT_WR)
        assert statuses(read_all(connection)) == [b"204", b"204"]


@pytest.mark.parametrize("cut", [-5, 30], ids=["in the body", "in the head"])
def test_a_half_sent_request_of_a_closed_half_is_told_and_counted(standing: Any, beacon: Make, cut: int) -> None:
    before = closed(standing, "half_sent")
    with standing.connect() as connection:
        connection.sendall(request(beacon())[:cut])
        connection.shutdown(socket.SHUT_WR)
        head, _, told = read_all(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head
    assert json.loads(told)["type"] == "urn:leadline:closed:half_sent"
    assert closed(standing, "half_sent") == before + 1


def test_a_client_that_offers_http_2_is_served_with_its_body(standing: Any, beacon: Make) -> None:
    offers = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"]
    sent = beacon()
    with standing.connect() as connection:
        connection.sendall(request(sent, *offers)[:-7])
        connection.sendall(request(sent)[-7:] + request(beacon(), "Connection: close"))
        assert statuses(read_all(connection)) == [b"204", b"204"]
    assert standing.logged_as(sent["page_view_id"])


def test_a_tunnel_is_refused(standing: Any) -> None:
    with standing.connect() as connection:
        connection.sendall(b"CONNECT x.example:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert statuses(read_all(connection)) == [b"400"]


@pytest.mark.parametrize(
    "lines",
    [
        "Transfer-Encoding: chunked",
        "Content-Length: 3",
        "Content-Length: +37",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding : chunked",
    ],
)
def test_a_request_with_two_lengths_is_refused(standing: Any, beacon: Make, lines: str) -> None:
    hidden = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with standing.connect() as connection:
        connection.sendall(request(beacon(), lines) + hidden)
        assert statuses(read_all(connection)) == [b"400"]


def test_pipelined_requests_whose_sender_leaves_are_no_errors_in_the_log(standing: Any, beacon: Make) -> None:
    for _ in range(20):
        with standing.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset instead of an end
            connection.sendall(request(beacon(), path="/v1/b?by=asgi") * 20)
    assert standing.post(beacon()).status_code == 204
    assert "Traceback" not in standing.log


IMPATIENT = """
import sys
from pathlib import Path
from leadline.settings import load_settings
from leadline_collector import service
from leadline_collector.connections import guard as guarding
guarding.ConnectionGuard.__init__.__kwdefaults__["slowest_s"] = 1
sys.exit(service.main(load_settings(Path(sys.argv[1]))))
"""


def test_a_sender_that_does_not_read_its_answers_is_ended(collector: Any, wait: Callable[..., Any]) -> None:
    running = collector(launcher=IMPATIENT)
    with running.connect() as connection:
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 250)  # some 8 MB of answers
        wait(lambda: closed(running, "slow_reader") == 1)


def test_more_parameters_than_anybody_needs_are_no_error(standing: Any, beacon: Make) -> None:
    many = "&".join(f"a{number}=b" for number in range(200))
    sent = beacon()
    del sent["key"]
    assert standing.post(sent, f"/v1/b?{many}&key=pk_shop").status_code == 204
