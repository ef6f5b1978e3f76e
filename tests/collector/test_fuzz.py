"""Anything at all over a real socket: an answer below 500, counted, and the process as before."""

from __future__ import annotations

import gzip
import json
import re
import socket
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.wire import (
    DROP_REASONS,
    Beacon,
    BeaconError,
    BeaconEvent,
    BeaconRequest,
    Dropped,
    LoggedBeacon,
    Vitals,
    decode_beacon,
    decode_logged,
    encode_logged,
)
from leadline_collector.steps.privacy import clean

SHORT = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
FIELDS = [
    name for struct in (Beacon, Vitals, BeaconError, BeaconEvent, BeaconRequest) for name in struct.__struct_fields__
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["pk_shop", "pk_old", "https://shop.example/?a=b", "j@x.example", "\ud800", "\0", "1e999"])
)
NODES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner),
    max_leaves=15,
)
BEACONS = st.builds(
    lambda fields, key: {"key": key, "page_view_id": "fuzz", **fields},
    st.dictionaries(st.sampled_from(FIELDS), NODES, max_size=6),
    st.sampled_from(["pk_shop", "pk_people", "pk_off", "pk_few", "pk_old", ""]),
)


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


@pytest.fixture(scope="module")
def check(standing: Any) -> Any:
    def send(body: bytes, path: str = "/v1/b", **headers: str) -> None:
        answer = standing.post(body, path, **headers)
        assert answer.status_code in {200, 202, 204, 400, 401, 403, 413, 415, 429}, answer.text
        if answer.status_code >= 400:  # the client holds the document to the contract
            assert answer.json()["field"]
        elif answer.status_code == 202:
            assert answer.headers["leadline-dropped"] in DROP_REASONS

    return send


@SHORT
@given(BEACONS | st.lists(BEACONS, max_size=4) | NODES)
def test_any_json_is_answered(check: Any, sent: Any) -> None:
    check(json.dumps(sent).encode("utf-8", "surrogatepass"))


# What cleaning makes shorter, longer, or nothing of.
DIRTY = st.lists(
    st.sampled_from(
        ["?a=b", "#a=b", "pwd=abc,", "j@x.example", "4111111111111111", "%20", "x", "\U0001f600", "eyJaaaaa.b"]
    ),
    min_size=1,
    max_size=16,
).map("".join)
AMEX = st.just(378_282_246_310_005)
DIRTY_BEACONS = st.fixed_dictionaries(
    {"key": st.just("pk_people"), "page_view_id": st.just("fuzz")},
    optional={
        **dict.fromkeys(
            ["url", "route", "referrer_origin", "service_version", "cohort", "viewport", "sdk_name"], DIRTY
        ),
        "attributes": st.dictionaries(DIRTY, DIRTY | AMEX, max_size=3),
        "vitals": st.fixed_dictionaries({"attribution": st.dictionaries(DIRTY, DIRTY, max_size=3)}),
        "errors": st.lists(
            st.fixed_dictionaries(
                {"message": DIRTY},
                optional=dict.fromkeys(["error_type", "stack", "source", "fingerprint"], DIRTY),
            ),
            max_size=2,
        ),
        "events": st.lists(
            st.fixed_dictionaries(
                {"name": DIRTY},
                optional={
                    "value": AMEX,
                    "attributes": st.dictionaries(DIRTY, DIRTY, max_size=2),
                },
            ),
            max_size=2,
        ),
        "requests": st.lists(
            st.fixed_dictionaries(
                {"route": DIRTY}, optional=dict.fromkeys(["method", "trace_id", "server_version"], DIRTY)
            ),
            max_size=2,
        ),
    },
)


class Nobodys:
    """An arrival as far as the cleaning step asks: of no known app."""

    app = None
    client = "leadline"

    def __init__(self, beacon: Beacon) -> None:
        self.beacon = beacon


@SHORT
@given(DIRTY_BEACONS)
def test_what_is_taken_can_be_loaded_once_it_is_cleaned_and_no_text_of_it_is_lost_whole(sent: Any) -> None:
    """The loader would set aside what was acknowledged."""
    beacon = decode_beacon(json.dumps(sent).encode())
    if isinstance(beacon, Dropped):
        assert "length" in beacon.detail
        return
    clean(Nobodys(beacon))  # type: ignore[arg-type]
    logged = LoggedBeacon(app="shop", environment="production", received_at_ms=0, beacon=beacon)
    loaded = decode_logged(encode_logged(logged))
    assert loaded.beacon == beacon
    names = [loaded.beacon.service_version, loaded.beacon.cohort, *(event.name for event in loaded.beacon.events or ())]
    assert "" not in names
    assert "j@x" not in repr(loaded)
    assert "378282246310005" not in repr(loaded)


@SHORT
@given(
    st.binary(max_size=300),
    st.sampled_from(["application/json", "text/plain", "", "multipart/form-data", "text/plain;charset=utf-16"]),
    st.sampled_from(["gzip", "deflate", "identity", "br", "gzip, gzip", ""]),
    st.booleans(),
)
def test_any_bytes_are_answered(check: Any, body: bytes, kind: str, encoding: str, is_packed: bool) -> None:
    check(gzip.compress(body) if is_packed else body, content_type=kind, content_encoding=encoding)


@SHORT
@given(NODES | st.lists(st.fixed_dictionaries({"type": NODES, "url": NODES, "age": NODES, "body": NODES}), max_size=4))
def test_any_report_is_answered(check: Any, sent: Any) -> None:
    check(
        json.dumps(sent).encode("utf-8", "surrogatepass"),
        "/reports/pk_shop/1.0",
        content_type="application/reports+json",
    )


@SHORT
@given(
    st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0", exclude_categories=["Cc"]), max_size=60),
    st.sampled_from(["user_agent", "x_forwarded_for", "origin", "baggage", "content_type", "x_leadline_synthetic"]),
)
def test_any_header_is_answered(check: Any, text: str, name: str) -> None:
    check(b'{"key":"pk_people","page_view_id":"fuzz"}', **{name: text.strip()})


BEACON = b'{"key":"pk_shop","page_view_id":"fuzz"}'
REQUEST = b"POST /v1/b HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(BEACON), BEACON)
LINES = st.sampled_from(
    [
        b"POST /v1/b HTTP/1.1\r\n", b"POST /_l/reports/pk_shop HTTP/1.1\r\n", b"GET /b.js HTTP/1.0\r\n",
        b"PRI * HTTP/2.0\r\n", b"CONNECT x:1 HTTP/1.1\r\n", b"Host: x\r\n", b"Content-Length: 39\r\n",
        b"Content-Length: 5\r\n", b"Connection: close\r\n", b"Transfer-Encoding: chunked\r\n",
        b"Expect: 100-continue\r\n", b"Connection: Upgrade\r\n", b"Upgrade: h2c\r\n", b"X-Forwarded-For: ::1, x\r\n",
        b"Origin: null\r\n", b"Content-Encoding: gzip\r\n", b"\r\n", b"\n", b"0\r\n", b"5;a=b\r\n", b"hello\r\n",
        b"X-T: " + b"x" * 40_000 + b"\r\n", b"\0", b": \r\n", BEACON, REQUEST,
    ]
)  # fmt: skip


BEGUN = re.compile(rb"[\r\n]*(POST|GET) /\S* HTTP/1\.[01]\r\n")


@SHORT
@given(
    st.sampled_from([b"", REQUEST]),
    st.lists(LINES | st.binary(max_size=20), max_size=12),
    st.lists(st.integers(1, 200), max_size=4),
)
def test_whatever_a_connection_says_is_answered_and_ended(
    standing: Any, first: bytes, lines: list[bytes], cuts: list[int]
) -> None:
    """In pieces, and the sender closes its half: what began as a request is answered, by HTTP and never with 500 or
    more; a whole one in front gets its 204; and the end comes."""
    said = whole = first + b"".join(lines)
    with standing.connect() as connection:
        try:
            for cut in cuts:
                connection.sendall(said[:cut])
                said = said[cut:]
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            answers = read_all(connection)
        except OSError:
            return  # a reset: it had heard enough, and what it answered is lost with the connection
    statuses = re.findall(rb"(?:^|\n)HTTP/1\.1 (\d{3}) [A-Z]", answers)
    assert bool(statuses) == bool(answers)
    assert all(status < b"500" for status in statuses)
    if first:
        assert statuses[:1] == [b"204"]
    if BEGUN.match(whole):
        assert statuses


def test_after_all_that_a_beacon_is_taken_as_before(standing: Any, beacon: Any) -> None:
    assert standing.post(beacon()).status_code == 204
