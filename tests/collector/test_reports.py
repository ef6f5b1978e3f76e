"""What browsers report by themselves becomes errors of a version."""

from __future__ import annotations

import json
from typing import Any

import pytest
from collector.browser_reports import COEP, CRASH, CSP, DEPRECATION, INTERVENTION, NEL, PERMISSIONS, translated

from leadline.wire import Beacon


@pytest.mark.parametrize(
    ("report", "message"),
    [
        (COEP, "blocked https://cdn.example/a.png"),
        (CSP, "script-src-elem blocked https://evil.example/a.js (enforce)"),
        (CRASH, "the page crashed: oom"),
        (NEL, "tcp.refused in connection of POST"),
        (DEPRECATION, "UnloadHandler: Unload event listeners are deprecated."),
        (PERMISSIONS, "geolocation: Geolocation access has been blocked"),
        (INTERVENTION, "slow: blocked"),
    ],
    ids=lambda each: each["type"] if isinstance(each, dict) else "",
)
def test_each_kind_becomes_an_error_of_that_type(report: dict[str, Any], message: str) -> None:
    [beacon] = translated(report)
    assert isinstance(beacon, Beacon)
    assert beacon.errors is not None
    assert (beacon.errors[0].error_type, beacon.errors[0].message) == (report["type"], message)


def test_a_report_tells_where_in_the_code_and_when() -> None:
    [beacon] = translated(CSP)
    assert (beacon.errors[0].source, beacon.started_at) == ("https://shop.example/app.js:10:5", 995_000)


def test_a_sampled_network_error_stands_for_those_that_were_not_reported() -> None:
    assert translated(NEL)[0].errors[0].count == 10


def test_the_version_is_the_reports_own_or_the_paths() -> None:
    crash = {**CRASH, "body": {"reason": "oom", "crash_report_api": {"version": "2.0.0-canary"}}}
    assert [beacon.service_version for beacon in translated(crash, NEL, version="1.5.0")] == ["2.0.0-canary", "1.5.0"]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        *((number, ":12") for number in ("12", 12, 12.0, "12.0")),
        *((nonsense, "") for nonsense in ("twelve", "", "-1", "1e9999", "9" * 30)),
        *((nonsense, "") for nonsense in (-1, 10**400, True, None, [12], {"a": 1})),
    ],
    ids=lambda each: repr(each)[:12],
)
def test_a_line_number_in_text_is_taken_and_nonsense_ignored(standing: Any, line: Any, place: str) -> None:
    file = "https://shop.example/app.js"
    modern = {**CSP, "body": {"sourceFile": file, "lineNumber": line}}
    older = {"csp-report": {"source-file": file, "line-number": line}}
    assert standing.post([modern, older], "/reports/pk_shop").status_code == 204
    assert [each.beacon.errors[0].source for each in standing.logged()[-2:]] == [
        f"https://shop.example/app.js{place}"
    ] * 2


def test_the_numbers_of_a_network_error_may_be_text_or_nonsense() -> None:
    told = translated(
        {**NEL, "body": {**NEL["body"], "status_code": "503", "sampling_fraction": "0.5"}},
        {**NEL, "body": {**NEL["body"], "status_code": {}, "sampling_fraction": "often"}},
        {**NEL, "body": {**NEL["body"], "sampling_fraction": 5e-324}},
    )
    assert [(each.errors[0].message, each.errors[0].count) for each in told] == [
        ("tcp.refused in connection of POST, status 503", 2),
        ("tcp.refused in connection of POST", 1),
        ("tcp.refused in connection of POST", 1_000_000),
    ]


@pytest.mark.parametrize("kind", ["", " ", "\n\t"])
def test_a_report_that_names_no_kind_or_reason_says_something_all_the_same(kind: str) -> None:
    unnamed = {"type": kind, "url": "https://shop.example/", "body": {"id": " ", "message": "\n", "reason": kind}}
    [error] = [each.errors[0] for each in translated(unnamed)]
    assert (error.error_type, error.message) == ("report", "report")


def test_a_crash_tells_its_stack_and_its_view() -> None:
    crash = {"version": "2.0.0", "page_view_id": "v1"}
    [beacon] = translated({**CRASH, "body": {"reason": "unresponsive", "stack": "at f", "crash_report_api": crash}})
    assert (beacon.errors[0].stack, beacon.attributes) == ("at f", {"reported_page_view_id": "v1"})


@pytest.mark.parametrize(
    ("bad", "field", "detail"),
    [
        (b'{"type":"crash","url":"\\ud800"}', "[1].url", "a lone surrogate"),
        (b'{"type":"crash","url":"\xff"}', "[1].url", "not UTF-8"),
        (b'{"type":"crash","age":"old"}', "[1].age", "Expected `float`, got `str`"),
        (b'{"url":"https://shop.example/"}', "[1].type", "Object missing required field `type`"),
        (b"7", "[1]", "Expected `object`, got `int`"),
    ],
)
def test_a_bad_report_costs_only_itself(standing: Any, bad: bytes, field: str, detail: str) -> None:
    good = json.dumps(CRASH).encode()
    answer = standing.post(b"[" + good + b"," + bad + b"," + good + b"]", "/reports/pk_shop")
    assert (answer.status_code, answer.json()["accepted"]) == (200, 2)
    [refused] = answer.json()["refused"]
    assert (refused["index"], refused["field"], refused["detail"]) == (1, field, detail)


@pytest.mark.parametrize("version", ["1.5.0%2B7", "v%C3%A9", "%FF", "1%205", "a:b", "%2E%2E", "x" * 200, ""])
def test_a_version_in_the_path_may_have_odd_characters(standing: Any, version: str) -> None:
    assert standing.post(CRASH, f"/reports/pk_shop/{version}").status_code == 204


@pytest.mark.parametrize("prefix", ["", "/_l"])
@pytest.mark.parametrize("version", ["release%2F1.5", "release/1.5"])
def test_a_version_in_the_path_may_be_a_branchs_name(standing: Any, prefix: str, version: str) -> None:
    assert standing.post(CRASH, f"{prefix}/reports/pk_shop/{version}").status_code == 204
    assert standing.logged()[-1].beacon.service_version == "release/1.5"


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ("mwzmj0cc-120ck7vxa7l-ow88rnvumwr", {"reported_page_view_id": "mwzmj0cc-120ck7vxa7l-ow88rnvumwr"}),
        ("0af7651916cd43dd8448eb211c80319c", {"reported_page_view_id": "0af7651916cd43dd8448eb211c80319c"}),
        ("4111111111111111", {"reported_page_view_id": "4111111111111111"}),
        ("jane.doe@example.com", None),
        ("x" * 65, None),
    ],
)
def test_the_view_that_crashed_keeps_its_id_whatever_that_looks_like(standing: Any, named: str, kept: Any) -> None:
    crash = {**CRASH, "body": {"reason": "oom", "crash_report_api": {"page_view_id": named}}}
    assert standing.post(crash, "/reports/pk_shop/1.5.0").status_code == 204
    assert standing.logged()[-1].beacon.attributes == kept


def test_what_a_report_tells_is_cleaned(standing: Any) -> None:
    secret = "jane.doe@example.com"
    csp = {
        **CSP,
        "url": f"https://u:p@shop.example/?{secret}#{secret}",
        "body": {
            **CSP["body"],
            "blockedURL": f"https://evil.example/?jane.doe#{secret}",
            "sourceFile": f"https://a/?{secret}",
        },
    }
    crash = {"version": secret, "page_view_id": secret}
    reports = [
        csp,
        {**DEPRECATION, "type": secret, "body": {"id": secret, "message": f"mail {secret}"}},
        {**CRASH, "body": {"reason": secret, "stack": f"at {secret}", "crash_report_api": crash}},
        {
            "csp-report": {
                "document-uri": f"https://shop.example/?{secret}",
                "blocked-uri": f"https://a.example/{secret}",
            }
        },
    ]
    before = len(standing.logged())
    assert standing.post(reports, f"/reports/pk_shop/{secret}").status_code == 204
    kept = standing.logged()[before:]
    assert len(kept) == 4
    assert "jane" not in str(kept)


def test_several_kinds_in_one_post_are_taken_and_the_bad_one_named(standing: Any) -> None:
    before = len(standing.logged())
    reports = [CSP, CRASH, {"type": 7}, NEL]
    answer = standing.post(reports, "/reports/pk_shop/1.5.0", content_type="application/reports+json")
    assert (answer.status_code, answer.json()["accepted"]) == (200, 3)
    assert [(each["index"], each["field"]) for each in answer.json()["refused"]] == [(2, "[2].type")]
    logged = standing.logged()[before:]
    assert {each.client for each in logged} == {"reports"}
    assert {each.beacon.service_version for each in logged} == {"1.5.0"}
    assert logged[0].beacon.url == "https://shop.example/cart"


def test_the_older_csp_form_is_taken(standing: Any) -> None:
    legacy = {
        "csp-report": {
            "document-uri": "https://shop.example/old",
            "violated-directive": "img-src",
            "blocked-uri": "https://a.example/x.png",
        }
    }
    answer = standing.post(legacy, "/_l/reports?key=pk_shop", content_type="application/csp-report")
    assert answer.status_code == 204
    assert standing.logged()[-1].beacon.errors[0].message == "img-src blocked https://a.example/x.png (enforce)"


@pytest.mark.parametrize("body", [b"", b"{", b"7", b"null", b'"csp-report"', b'{"csp-report": 7}', b"[" * 100_000])
def test_what_is_no_report_is_answered_400(standing: Any, body: bytes) -> None:
    answer = standing.post(body, "/reports?key=pk_shop")
    assert answer.status_code == 400
    assert answer.json()["field"]


def test_reports_need_a_key(standing: Any) -> None:
    assert standing.post(CRASH, "/reports").status_code == 401  # one alone is answered as one beacon is
    answer = standing.post([CRASH], "/reports")
    assert answer.status_code == 400
    assert answer.json()["refused"][0]["reason"] == "unknown_key"
