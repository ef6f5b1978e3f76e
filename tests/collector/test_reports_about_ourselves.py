"""What a report says of the collector itself is dropped, and of a host that it shares only that."""

from __future__ import annotations

from typing import Any

import pytest
from collector.browser_reports import CRASH, CSP, DEPRECATION, INTERVENTION, NEL, PERMISSIONS, translated

from leadline.wire import Beacon, Dropped


def blocked(url: str, page: str = "https://shop.example/cart") -> dict[str, Any]:
    return {**CSP, "url": page, "body": {**CSP["body"], "blockedURL": url}}


def blocked_as_told_before(url: str) -> dict[str, Any]:
    return {"csp-report": {"document-uri": "https://shop.example/", "blocked-uri": url}}


def failed(url: str, page: str = "") -> dict[str, Any]:
    return {**NEL, "url": url, "body": {**NEL["body"], "referrer": page}}


OURS_ANYWHERE = [
    "https://elsewhere.example/v1/b",
    "https://elsewhere.example/any/prefix/v1/beacon",
    "https://shop.example/_l/v1/b?key=pk_shop",
    "https://shop.example/_l/v1/b/",
    "https://shop.example/_l/b-vitals.0a1b.js",
    "https://elsewhere.example/reports/pk_shop",
    "https://elsewhere.example/in/front/reports/pk_shop/release/1.5",
    "https://elsewhere.example/reports?key=pk_shop",
]


@pytest.mark.parametrize("tell", [blocked, blocked_as_told_before, failed])
@pytest.mark.parametrize("url", OURS_ANYWHERE)
def test_a_report_about_an_unmistakable_path_of_ours_is_dropped_on_any_host(tell: Any, url: str) -> None:
    [dropped] = translated(tell(url))
    assert isinstance(dropped, Dropped)
    assert dropped.reason == "own_address"


def test_what_is_dropped_names_the_field_that_holds_our_address() -> None:
    told = translated(*(tell("https://c.example/v1/b") for tell in (failed, blocked, blocked_as_told_before)))
    assert [each.field for each in told] == ["url", "body.blockedURL", "csp-report.blocked-uri"]


def test_a_report_about_any_route_of_the_collector_is_dropped(standing: Any) -> None:
    filled = {"{name}": "b-vitals.0a1b", "{key}": "pk_nobody", "{version}": "1.5.0"}
    paths = [*standing.get("/openapi.json").json()["paths"], "/docs", "/openapi.json", "/early.js"]
    assert "/healthz" in paths
    for path in paths:
        for name, text in filled.items():
            path = path.replace(name, text)
        answer = standing.post(failed(standing.url + path), "/reports/pk_shop")
        assert (answer.status_code, answer.headers.get("leadline-dropped")) == (202, "own_address"), path


@pytest.mark.parametrize(("host", "scheme"), [("Collector.example:443", "https"), ("collector.example:80", "http")])
def test_a_port_that_goes_without_saying_makes_no_other_host(standing: Any, host: str, scheme: str) -> None:
    report = failed(f"{scheme}://collector.example/b.js")
    assert standing.post(report, "/reports/pk_shop", host=host).status_code == 202
    assert standing.post(report, "/reports/pk_shop", host="collector.example:8443").status_code == 204
    assert standing.post(report, "/reports/pk_shop", x_forwarded_host=f"{host}, proxy.example").status_code == 202


@pytest.mark.parametrize("tell", [blocked, failed])
def test_behind_a_prefix_on_the_shops_host_only_what_is_behind_it_is_ours(standing: Any, tell: Any) -> None:
    def status(path: str, route: str = "/px/reports/pk_shop") -> int:
        return standing.post(tell(f"https://shop.example{path}"), route, host="shop.example").status_code

    assert [status(path) for path in ("/px/b.js", "/px/healthz", "/px/v1/b")] == [202, 202, 202]
    assert [status(path) for path in ("/healthz", "/docs", "/reports", "/px", "/pxv1/b.js", "/api")] == [204] * 6
    # The same where the proxy takes the prefix off: the app's origins say whose host it is.
    assert status("/healthz", route="/reports/pk_shop") == 204
    assert status("/_l/b.js", route="/reports/pk_shop") == 202


@pytest.mark.parametrize("tell", [blocked, failed])
def test_a_host_that_the_page_itself_is_on_is_not_the_collectors_alone(tell: Any) -> None:
    [kept, dropped] = translated(
        tell("https://c.example/docs", page="https://c.example/cart"),
        tell("https://c.example/docs", page="https://shop.example/cart"),
    )
    assert isinstance(kept, Beacon)
    assert isinstance(dropped, Dropped)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/reports",
        "https://shop.example/reports/pk_nobody",
        "https://shop.example/healthz",
        "https://shop.example/v1/bees",
        "https://c.example/other",
        "https://c.example/team/reports/2026",
        "https://c.example/app.js",
        "https://[broken",
        "inline",
        f"https://shop.example/reports?{'a=1&' * 200}",
    ],
)
def test_a_report_about_another_address_is_kept(url: str) -> None:
    assert all(isinstance(each, Beacon) for each in translated(failed(url), blocked(url)))


def test_a_page_may_be_called_as_our_route_is() -> None:
    page = "https://shop.example/_l/v1/b"
    reports = [DEPRECATION, INTERVENTION, CRASH, PERMISSIONS, CSP]
    assert all(isinstance(each, Beacon) for each in translated(*({**report, "url": page} for report in reports)))
