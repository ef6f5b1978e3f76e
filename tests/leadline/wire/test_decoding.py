"""Whatever the bytes are, the decoder answers with a beacon or with the field that is wrong."""

from __future__ import annotations

import contextlib
import gzip
import json
import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.wire import (
    Beacon,
    Dropped,
    DropReason,
    LoggedBeacon,
    decode_beacon,
    decode_leniently,
    decode_logged,
    encode_logged,
    is_packed,
    split_array,
    unpack,
)

SMALLEST = {"key": "pk_1", "page_view_id": "v1"}


def decode(**fields: Any) -> Beacon | Dropped:
    return decode_beacon(json.dumps({**SMALLEST, **fields}).encode())


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"page_view_id": "with space"}, "page_view_id"),
        ({"key": 1}, "key"),
        ({"seq": -1}, "seq"),
        ({"vitals": {"lcp_ms": -1}}, "vitals.lcp_ms"),
        ({"vitals": {"cls": "a lot"}}, "vitals.cls"),
        ({"vitals": [1]}, "vitals"),
        ({"errors": [{"message": "a"}, {"message": 3}]}, "errors[1].message"),
        ({"errors": [{}]}, "errors[0].message"),
        ({"events": [{"name": ""}]}, "events[0].name"),
        ({"requests": [{"route": "/a", "status_code": 2000}]}, "requests[0].status_code"),
        ({"service_version": "v" * 129}, "service_version"),
        ({"attributes": {"a": [1]}}, "attributes[...]"),
        ({"started_at": 1e300}, "started_at"),
        ({"synthetic": "bot"}, "synthetic"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], field: str) -> None:
    dropped = decode(**fields)
    assert isinstance(dropped, Dropped)
    assert (dropped.reason, dropped.field) == (DropReason.INVALID_FIELD, field)


def test_a_missing_field_is_named() -> None:
    dropped = decode_beacon(b'{"key": "pk_1"}')
    assert isinstance(dropped, Dropped)
    assert (dropped.reason, dropped.field) == (DropReason.INVALID_FIELD, "page_view_id")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"\xff\xfe{", "body"),
        (b'{"key":"a","page_view_id":"a","route":"\xff"}', "route"),
        (b'{"key":"a","page_view_id":"a","route":"\\ud800"}', "route"),
        (b'{"key":"a","page_view_id":"a","vitals":{"lcp_ms":NaN}}', "vitals.lcp_ms"),
        (b'{"key":"a","page_view_id":"a","new":' + b"[" * 1_000_000, "body"),
        (b'{"key":"a","page_view_id":"a"} and more', "body"),
    ],
    ids=["nothing", "torn", "utf-16", "not utf-8", "lone surrogate", "NaN", "deep", "trailing"],
)
def test_what_is_not_json_is_malformed_and_its_field_named(body: bytes, field: str) -> None:
    dropped = decode_beacon(body)
    assert isinstance(dropped, Dropped)
    assert (dropped.reason, dropped.field) == (DropReason.MALFORMED, field)


@pytest.mark.parametrize(
    "bad",
    [
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b'{"a":[NaN]}',
        b"-Infinity",
        b'"\\"]" 1',
        b'{"a":' + b"[" * 9_000 + b"]" * 9_000 + b"}",
    ],
)
def test_an_element_that_is_no_json_costs_only_itself(bad: bytes) -> None:
    elements = split_array(b' [ {"a":1} ,' + bad + b' , "]" ]\n')
    assert isinstance(elements, list)
    assert [bytes(element) for element in elements] == [b'{"a":1}', bad, b'"]"']


@pytest.mark.parametrize("body", [b"[", b'["\\ud800"', b'["\\ud800"] x', b'["\\ud800",]', b"[NaN}", b'["\\ud800", "]'])
def test_an_array_that_is_none_is_malformed(body: bytes) -> None:
    assert isinstance(split_array(body), Dropped)


def test_of_duplicate_keys_the_last_wins() -> None:
    beacon = decode_beacon(b'{"key":"a","page_view_id":"v","key":"b"}')
    assert isinstance(beacon, Beacon)
    assert beacon.key == "b"


@pytest.mark.parametrize("wrong", [b'"seq":"x"', b'"vitals":{"lcp_ms":-1}', b'"key":1', b'"page_view_id":null'])
def test_of_duplicate_keys_the_last_wins_where_an_earlier_one_is_wrong(wrong: bytes) -> None:
    right = b'"key":"b","page_view_id":"v","seq":7,"vitals":{"lcp_ms":2}'
    beacon = decode_beacon(b"{" + wrong + b"," + right + b"}")
    assert isinstance(beacon, Beacon)
    assert (beacon.key, beacon.seq, beacon.vitals and beacon.vitals.lcp_ms) == ("b", 7, 2)
    dropped = decode_beacon(b"{" + right + b"," + wrong + b"}")
    assert isinstance(dropped, Dropped)
    assert dropped.reason is DropReason.INVALID_FIELD


@pytest.mark.parametrize(
    ("fields", "is_taken"),
    [
        ('"seq": 3.0, "errors": [{"message": "x", "count": 2.0}]', True),
        ('"seq": 3e0, "lost": 1.0', True),
        ('"seq": 3.5', False),
        ('"seq": "3"', False),
        ('"seq": 1e17', False),
    ],
)
def test_a_whole_number_may_be_written_with_a_point(fields: str, is_taken: bool) -> None:
    decoded = decode_beacon(f'{{"key": "k", "page_view_id": "v", {fields}}}'.encode())
    assert (decoded.seq if isinstance(decoded, Beacon) else decoded.field) == (3 if is_taken else "seq")


def test_unknown_fields_are_ignored() -> None:
    assert isinstance(decode(from_the_future={"a": [1]}), Beacon)


def test_the_key_of_the_address_serves_a_beacon_without_one() -> None:
    beacon = decode_beacon(b'{"page_view_id":"v"}', key="pk_2")
    assert isinstance(beacon, Beacon)
    assert beacon.key == "pk_2"


def test_the_key_in_the_beacon_goes_before_the_one_of_the_address() -> None:
    beacon = decode_beacon(b'{"key":"pk_1","page_view_id":"v"}', key="pk_2")
    assert isinstance(beacon, Beacon)
    assert beacon.key == "pk_1"


def test_an_array_is_split_without_looking_into_its_elements() -> None:
    elements = split_array(b'[{"key":1}, 3, "x"]')
    assert isinstance(elements, list)
    assert [bytes(element).strip() for element in elements] == [b'{"key":1}', b"3", b'"x"']


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400))
def test_no_bytes_make_the_decoder_raise(body: bytes) -> None:
    assert isinstance(decode_beacon(body), Beacon | Dropped)
    assert isinstance(decode_leniently(body)[0], Beacon | Dropped)
    assert isinstance(split_array(body), list | Dropped)
    for encoding in ("", "gzip", "deflate", "br"):
        assert isinstance(unpack(body, encoding=encoding, max_bytes=1000), bytes | Dropped)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(list(Beacon.__struct_fields__)), ANY_JSON, max_size=6))
def test_any_json_in_any_field_is_a_beacon_or_names_its_field(fields: dict[str, Any]) -> None:
    decoded = decode(**fields)
    assert isinstance(decoded, Beacon) or decoded.field is not None
    mended, _ = decode_leniently(json.dumps({**SMALLEST, **fields}).encode())
    assert isinstance(mended, Beacon) or isinstance(decoded, Dropped)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.builds(
        Beacon,
        key=st.text(max_size=20),
        page_view_id=st.from_regex(r"\A[A-Za-z0-9_.:\-]{1,64}\Z"),
        seq=st.integers(0, 1_000_000),
        route=st.none() | st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=50),
    )
)
def test_what_is_logged_is_read_back_the_same(beacon: Beacon) -> None:
    logged = LoggedBeacon(app="shop", environment="production", received_at_ms=1, beacon=beacon, network="10.0.0.0/24")
    assert decode_logged(encode_logged(logged)) == logged


def test_gzip_is_known_by_its_first_bytes() -> None:
    assert unpack(gzip.compress(b"[1]"), encoding="", max_bytes=100) == b"[1]"


def test_deflate_is_taken_with_and_without_its_header() -> None:
    raw = zlib.compressobj(wbits=-15)
    assert unpack(zlib.compress(b"[1]"), encoding="deflate", max_bytes=100) == b"[1]"
    assert unpack(raw.compress(b"[1]") + raw.flush(), encoding="deflate", max_bytes=100) == b"[1]"


def test_no_json_looks_packed() -> None:
    assert not any(is_packed(text) for text in (b"{}", b"[]", b' {"a":1}', b'"x"', b"1", b""))


@pytest.mark.parametrize(
    ("body", "encoding", "reason"),
    [
        (gzip.compress(b"x" * 1_000_000, mtime=0), "gzip", DropReason.TOO_LARGE),
        (gzip.compress(gzip.compress(b"[1]", mtime=0), mtime=0), "gzip", DropReason.MALFORMED),
        (gzip.compress(b"[1]", mtime=0)[:-4], "gzip", DropReason.MALFORMED),
        (gzip.compress(b"[1]", mtime=0) + b"more", "gzip", DropReason.MALFORMED),
        (b"[1]", "gzip", DropReason.MALFORMED),
        (b"\xff\xff\xff", "deflate", DropReason.MALFORMED),
        (b"[1]", "br", DropReason.UNSUPPORTED_ENCODING),
    ],
    ids=["bomb", "gzip of gzip", "torn", "trailing", "not gzip", "not deflate", "brotli"],
)
def test_bad_packing_is_refused(body: bytes, encoding: str, reason: DropReason) -> None:
    dropped = unpack(body, encoding=encoding, max_bytes=1000)
    assert isinstance(dropped, Dropped)
    assert dropped.reason == reason


def test_the_decoder_copies_what_it_keeps_of_a_buffer() -> None:
    body = bytearray(json.dumps(SMALLEST).encode())
    beacon = decode_beacon(body)
    body[:] = b" " * len(body)
    assert isinstance(beacon, Beacon)
    assert (beacon.key, beacon.page_view_id) == ("pk_1", "v1")
    assert msgspec.json.encode(beacon) == b'{"key":"pk_1","page_view_id":"v1"}'


@given(st.integers(0, 200), st.binary(min_size=1, max_size=3) | st.just(b"\x91" * 5000))
def test_a_record_of_the_log_that_is_torn_is_a_msgspec_error_and_nothing_else(at: int, torn: bytes) -> None:
    beacon = Beacon(**SMALLEST, route="/cart", session_id="s1")
    body = encode_logged(LoggedBeacon(app="shop", environment="production", received_at_ms=1, beacon=beacon))
    with contextlib.suppress(msgspec.MsgspecError):
        decode_logged(body[:at] + torn + body[at + len(torn) :])


def test_a_record_whose_text_is_no_utf8_is_a_msgspec_error() -> None:
    body = encode_logged(
        LoggedBeacon(app="shop", environment="production", received_at_ms=1, beacon=Beacon(**SMALLEST))
    )
    with pytest.raises(msgspec.MsgspecError):
        decode_logged(body.replace(b"shop", b"\xff\xffop"))
