"""What a person can read of a failed run without any viewer: console, requests, versions and vitals, each bounded."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from probes.pool_stand import open_stand

from leadline_probes.page_facts import round_vitals
from leadline_probes.trace_reading import MOST_BYTES, read_trace

BODY = """
await page.goto("/timed")
await page.evaluate("console.log('cart has', 3); console.error('no price')")
await page.evaluate("fetch('/status/503').then(said => said.text())")
await page.evaluate(\"\"\"new Promise(done =>
    new PerformanceObserver(() => done(true)).observe({type: 'largest-contentful-paint', buffered: true}))\"\"\")
async with page.expect_event("pageerror"):
    await page.evaluate("setTimeout(() => { throw new TypeError('boom') })")
assert False, "the shop is broken"
"""


@pytest.mark.browser
async def test_console_requests_versions_and_vitals_of_a_failed_run_are_files(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        result = await stand.run(BODY)
    console = stand.evidence_of(result, "console").read_text()
    assert "log      cart has 3" in console
    assert "error    no price" in console
    assert "thrown   TypeError: boom" in console
    har = json.loads(stand.evidence_of(result, "requests").read_text())["log"]
    by_path = {one["request"]["url"].partition(stand.site.url)[2]: one for one in har["entries"]}
    assert {path: one["response"]["status"] for path, one in by_path.items() if path in ("/timed", "/status/503")} == {
        "/timed": 200,
        "/status/503": 503,
    }
    assert by_path["/timed"]["timings"]["receive"] >= 0
    sent = {one["name"].lower(): one["value"] for one in by_path["/timed"]["request"]["headers"]}
    assert sent["x-leadline-run"] == result.run_id
    [page] = json.loads(stand.evidence_of(result, "pages").read_text())
    assert (page["url"], page["service_version"]) == (f"{stand.site.url}/timed", "2.0.1")
    assert page["vitals"]["fcp_ms"] > 0
    assert page["vitals"]["lcp_ms"] > 0


def _trace(folder: Path, *, console: int = 0, requests: int = 0) -> Path:
    file = folder / "trace.zip"
    said = [
        {"type": "console", "messageType": "error", "text": "x" * 100 + "\ud800", "time": n} for n in range(console)
    ]
    asked = [
        {
            "type": "resource-snapshot",
            "snapshot": {
                "startedDateTime": f"2026-11-27T12:{n // 60:02}:{n % 60:02}Z",
                "time": 1.5,
                "request": {"method": "GET", "url": f"https://shop.example/{n}", "httpVersion": "h2", "headersSize": 1,
                            "bodySize": 0, "headers": [{"name": "Cookie", "value": "session=1"}]},
                "response": {"status": 500 if n == requests - 1 else 200, "statusText": "", "httpVersion": "h2",
                             "headersSize": 1, "bodySize": 1, "headers": [{"name": "X-App-Version", "value": "1.5.0"}]},
            },
        }
        for n in range(requests)
    ]  # fmt: skip
    with ZipFile(file, "w") as archive:
        archive.writestr("trace.trace", "\n".join(json.dumps(one, separators=(",", ":")) for one in said))
        archive.writestr("trace.network", "\n".join(json.dumps(one, separators=(",", ":")) for one in asked))
    return file


def test_what_is_too_much_is_counted_and_a_failed_request_stays(tmp_path: Path) -> None:
    facts = read_trace(_trace(tmp_path, console=5_000, requests=2_000))
    assert len(facts.console.encode(errors="replace")) <= MOST_BYTES
    assert facts.console.splitlines()[-1].startswith("… the file is full; left out: ")
    assert len(facts.requests) <= MOST_BYTES
    har = json.loads(facts.requests)["log"]
    assert har["comment"] == f"the file is full; left out: {2_000 - len(har['entries']):,} requests"
    assert har["entries"][-1]["response"]["status"] == 500
    assert "session=1" not in facts.requests.decode()
    assert har["entries"][0]["response"]["headers"] == [{"name": "X-App-Version", "value": "1.5.0"}]


def test_a_trace_without_requests_is_an_empty_har(tmp_path: Path) -> None:
    facts = read_trace(_trace(tmp_path))
    assert facts.console == ""
    assert json.loads(facts.requests)["log"]["entries"] == []


def test_vitals_that_a_page_made_up_are_none() -> None:
    assert round_vitals("lies") == {}
    assert round_vitals({"lcp_ms": "fast", "cls": 0.123456})["lcp_ms"] is None
