"""What a sender is told, for each thing that it may send."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., dict[str, Any]]


def test_204_means_it_is_in_the_log(standing: Any, beacon: Make) -> None:
    sent = beacon(route="/checkout", vitals={"lcp_ms": 1830, "cls": 0.02})
    answer = standing.post(sent)
    assert (answer.status_code, answer.content) == (204, b"")
    logged = standing.logged_as(sent["page_view_id"])
    assert (logged.app, logged.environment, logged.client) == ("shop", "production", "leadline")
    assert (logged.beacon.route, logged.beacon.vitals.lcp_ms) == ("/checkout", 1830)


@pytest.mark.parametrize("path", ["/v1/beacon", "/_l/v1/b", "/any/prefix/v1/beacon", "/v1/b?x=1"])
def test_the_alias_and_any_prefix_lead_to_the_same_route(standing: Any, beacon: Make, path: str) -> None:
    sent = beacon()
    assert standing.post(sent, path).status_code == 204
    assert standing.logged_as(sent["page_view_id"])


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "text/plain;charset=UTF-8", "Text/Plain; a=b"])
def test_json_is_taken_as_json_and_as_text(standing: Any, beacon: Make, kind: str) -> None:
    assert standing.post(beacon(), content_type=kind).status_code == 204


def test_the_key_may_stand_in_the_address(standing: Any) -> None:
    assert standing.post({"page_view_id": "keyless"}, "/v1/b?key=pk_shop").status_code == 204
    assert standing.logged_as("keyless").app == "shop"


@pytest.mark.parametrize(
    ("pack", "headers"),
    [
        (gzip.compress, {"content_encoding": "gzip"}),
        (gzip.compress, {}),
        (zlib.compress, {"content_encoding": "deflate"}),
        (zlib.compress, {}),
    ],
    ids=["gzip named", "gzip by its bytes", "deflate named", "deflate by its bytes"],
)
def test_packed_beacons_are_unpacked(
    standing: Any, beacon: Make, pack: Callable[[bytes], bytes], headers: dict[str, str]
) -> None:
    sent = beacon()
    assert standing.post(pack(json.dumps(sent).encode()), **headers).status_code == 204
    assert standing.logged_as(sent["page_view_id"])


def test_an_array_that_is_all_good_is_answered_204(standing: Any, beacon: Make) -> None:
    sent = [beacon(), beacon()]
    assert standing.post(sent).status_code == 204
    assert all(standing.logged_as(each["page_view_id"]) for each in sent)


def test_the_good_rest_of_an_array_is_kept_and_the_bad_named(standing: Any, beacon: Make) -> None:
    good = beacon()
    answer = standing.post([beacon(seq=-1), good, beacon(key="pk_old"), 7])
    told = answer.json()
    assert (answer.status_code, told["accepted"]) == (200, 1)
    assert [(each["index"], each["field"], each["reason"]) for each in told["refused"]] == [
        (0, "seq", "invalid_field"),
        (2, "key", "key_revoked"),
        (3, "body", "invalid_field"),
    ]
    assert standing.logged_as(good["page_view_id"])


def test_an_array_that_is_all_refused_is_answered_400_with_each(standing: Any, beacon: Make) -> None:
    answer = standing.post([beacon(seq=-1), beacon(key="nobody")])
    assert answer.status_code == 400
    assert [each["reason"] for each in answer.json()["refused"]] == ["invalid_field", "unknown_key"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_empty_array_is_answered_400(standing: Any) -> None:
    assert (standing.post([]).status_code, standing.post([]).json()["reason"]) == (400, "empty")


def test_of_an_array_what_policy_drops_is_told_apart(standing: Any, beacon: Make) -> None:
    answer = standing.post([beacon(), beacon(key="pk_off")])
    assert answer.status_code == 200
    assert answer.json() == {
        "accepted": 1,
        "refused": [],
        "dropped": [{"index": 1, "field": None, "reason": "app_off", "detail": ""}],
    }
    assert answer.headers["leadline-dropped"] == "app_off"


def test_a_problem_names_the_field_and_has_a_stable_type(standing: Any, beacon: Make) -> None:
    answer = standing.post(beacon(vitals={"lcp_ms": "fast"}))
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (told["type"], told["status"], told["field"]) == ("urn:leadline:dropped:invalid_field", 400, "vitals.lcp_ms")


def test_of_duplicate_json_keys_the_last_wins(standing: Any) -> None:
    assert standing.post(b'{"key":"nobody","page_view_id":"twice","key":"pk_shop"}').status_code == 204
    assert standing.logged_as("twice").beacon.key == "pk_shop"


@pytest.mark.parametrize("path", ["/v1/b", "/v1/b?by=asgi"])
def test_answers_can_be_read_from_another_origin(standing: Any, beacon: Make, path: str) -> None:
    good, bad = beacon(), beacon(seq=-1)
    for body in (good, bad, [good], [good, bad], [bad], beacon(key="pk_off")):
        answer = standing.post(body, path, origin="https://shop.example")
        # A browser takes no `*` for what sendBeacon sends, which has credentials always.
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in answer.headers["vary"]
    assert "Retry-After" in standing.post(bad).headers["access-control-expose-headers"]


@pytest.mark.parametrize("path", ["/v1/b", "/v1/beacon", "/_l/v1/b", "/reports", "/reports/pk_shop/1.5.0"])
def test_a_preflight_is_answered(standing: Any, path: str) -> None:
    answer = standing.client.options(standing.url + path, headers={"Origin": "https://a.example"})
    assert answer.status_code == 204
    assert "content-type" in answer.headers["access-control-allow-headers"]
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-origin"] == "https://a.example"


@pytest.mark.parametrize("origin", ["https://shop.example", "https://www.shop.example", "https://a.b.shop.example"])
def test_an_origin_of_the_app_may_send(standing: Any, beacon: Make, origin: str) -> None:
    assert standing.post(beacon(), origin=origin).status_code == 204


@pytest.mark.parametrize("origin", ["http://shop.example", "https://shop.example.evil.net", "https://evil.net", "null"])
def test_any_other_origin_may_not(standing: Any, beacon: Make, origin: str) -> None:
    assert standing.post(beacon(), origin=origin).status_code == 403


def test_a_star_allows_any_origin_and_null(standing: Any, beacon: Make) -> None:
    assert standing.post(beacon(key="pk_people"), origin="null").status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "status_code", "kind", "field"),
    [
        ("GET", "/nowhere", 404, "not-found", "path"),
        ("POST", "/_l/v1/drops", 404, "not-found", "path"),
        ("GET", "/nowhere.js", 404, "no-script", "path"),
        ("GET", "/v1/b", 405, "method-not-allowed", "method"),
        ("DELETE", "/_l/v1/beacon", 405, "method-not-allowed", "method"),
        ("PUT", "/reports/pk_shop", 405, "method-not-allowed", "method"),
        ("POST", "/healthz", 405, "method-not-allowed", "method"),
    ],
)
def test_what_is_no_route_is_a_problem_with_a_stable_type_a_field_and_a_remedy(
    standing: Any, method: str, path: str, status_code: int, kind: str, field: str
) -> None:
    answer = standing.client.request(method, standing.url + path)
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status_code, "application/problem+json")
    assert (told["type"], told["field"], told["status"]) == (f"urn:leadline:{kind}", field, status_code)
    assert told["remedy"]
    assert ("allow" in answer.headers) == (status_code == 405)


def test_a_405_names_every_method_that_the_path_takes(standing: Any) -> None:
    assert standing.get("/v1/b").headers["allow"] == "POST, OPTIONS"
    assert set(standing.post({}, "/healthz").headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_the_api_page_describes_the_beacon_route(standing: Any) -> None:
    described = standing.get("/openapi.json").json()
    assert set(described["paths"]["/v1/b"]["post"]["responses"]) >= {
        "204",
        "202",
        "400",
        "401",
        "403",
        "413",
        "429",
        "503",
    }
    assert "page_view_id" in described["components"]["schemas"]["Beacon"]["properties"]
    assert standing.get("/docs").status_code == 200


@pytest.mark.parametrize("path", ["/v1/b", "/_l/v1/b", "/any/prefix/v1/beacon"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE"])
def test_the_beacon_route_says_what_it_takes(standing: Any, path: str, method: str) -> None:
    answer = standing.client.request(method, standing.url + path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")


@pytest.mark.parametrize("path", ["/v1/b/", "/_l/v1/b/", "/_l/v1/beacon//"])
def test_a_slash_too_many_is_forgiven(standing: Any, beacon: Make, path: str) -> None:
    assert standing.post(beacon(), path).status_code == 204
    assert standing.client.options(standing.url + path).status_code == 204


def test_a_sender_that_asks_first_need_not_send_what_is_too_large(standing: Any) -> None:
    for path in ("/v1/b", "/reports/pk_shop"):
        with standing.connect() as connection:
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n"
            connection.sendall(head.encode())
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("body", "field", "detail"),
    [
        (b'{"key":"pk_shop","page_view_id":"a","service_version":"\\ud800"}', "service_version", "a lone surrogate"),
        (b'{"key":"pk_shop","page_view_id":"a","cohort":"\\udc00"}', "cohort", "a lone surrogate"),
        (b'{"key":"pk_shop","page_view_id":"a","errors":[{"message":"\xff"}]}', "errors[0].message", "not UTF-8"),
        (
            b'{"key":"pk_shop","page_view_id":"a","vitals":{"cls":NaN}}',
            "vitals.cls",
            "neither NaN nor Infinity is JSON",
        ),
        (
            b'{"key":"pk_shop","page_view_id":"a","vitals":{"cls":-Infinity}}',
            "vitals.cls",
            "neither NaN nor Infinity is JSON",
        ),
        (b'\xef\xbb\xbf{"key":"pk_shop","page_view_id":"a"}', "body", "a byte order mark stands in front"),
        ('{"key":"pk_shop"}'.encode("utf-16"), "body", "not UTF-8 but another encoding of Unicode"),
        ('{"key":"pk_shop"}'.encode("utf-32-le"), "body", "not UTF-8 but another encoding of Unicode"),
        (b'{"key":"pk_shop","page_view_id":"a"} {}', "body", "not JSON: trailing characters (byte 38)"),
    ],
)
def test_what_is_no_json_is_told_with_the_field(standing: Any, body: bytes, field: str, detail: str) -> None:
    answer = standing.post(body)
    assert answer.status_code == 400
    assert (answer.json()["field"], answer.json()["detail"]) == (field, detail)


def test_what_could_not_be_decoded_is_counted_for_the_app_whose_key_it_names(standing: Any) -> None:
    standing.post(b'{"key": "pk_people", "page_view_id": "torn')
    standing.post([{"key": "pk_people", "seq": "x"}])
    listed = {(each["app"], each["reason"]) for each in standing.get("/v1/drops").json()}
    assert {("people", "malformed"), ("people", "invalid_field")} <= listed
