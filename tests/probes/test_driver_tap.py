"""The tap in Playwright's driver marks as Python does, and no request waits for Python."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright._impl._driver import compute_driver_executable
from playwright.async_api import async_playwright
from probes.faulty_site import open_site

from leadline.model import Cohort, JourneySpec
from leadline.model.worker_messages import RunAsked
from leadline_probes import driver_tap
from leadline_probes.browser import launch_chromium
from leadline_probes.driver_tap import tapped_driver
from leadline_probes.marking import Answer, Marking
from leadline_probes.marks import Marks

TAP = Path(driver_tap.__file__).with_name("driver_tap.cjs")
# Feeds the tap with what the driver says, then with what the browser says, byte by byte, and tells what came out.
DRIVE = """
const { Tap } = require(process.argv[1]);
const { told, said } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const sent = [], read = [];
const tap = new Tap((text) => sent.push(JSON.parse(text)));
for (const one of told) tap.hear(JSON.stringify(one));
const bytes = Buffer.from(said.map((one) => JSON.stringify(one) + "\\0").join(""));
for (const byte of bytes) read.push(tap.read(Buffer.of(byte)));
const whole = Buffer.concat(read).toString().split("\\0").filter(Boolean).map((one) => JSON.parse(one));
console.log(JSON.stringify({ sent, read: whole }));
"""


def marks_of(base_url: str, headers: dict[str, str] | None = None) -> Marks:
    journey = JourneySpec(name="pay", path="pay.py", every_s=60.0)
    cohort = Cohort(name="canary", headers=headers or {})
    asked = RunAsked(
        request_id="",
        run_id="R",
        journey=journey,
        app="shop",
        base_url=base_url,
        cohort=cohort,
        import_folder="",
        evidence_folder="",
    )
    return Marks.of(asked, trace_id="ab" * 16)


def drive(told: list[dict[str, Any]], said: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    node, _ = compute_driver_executable()
    ran = subprocess.run(
        [node, "-e", DRIVE, str(TAP)],
        input=json.dumps({"told": told, "said": said}),
        capture_output=True,
        text=True,
        check=True,
    )
    out: dict[str, list[dict[str, Any]]] = json.loads(ran.stdout)
    return out


def enable(marks: Marks) -> dict[str, Any]:
    return {"id": 7, "method": "Fetch.enable", "params": {"leadline": marks.for_tap()}, "sessionId": "S"}


def paused(url: str, session: str = "S", **fields: Any) -> dict[str, Any]:
    params = {"requestId": "1", "request": {"url": url, "headers": fields.pop("headers", {})}, **fields}
    return {"method": "Fetch.requestPaused", "params": params, "sessionId": session}


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "*/*"},
        {"traceparent": "00-" + "1" * 32 + "-2222222222222222-01"},
        {"Baggage": "tenant=7"},
        {"X-Cohort": "theirs", "x-leadline-run": "forged"},
        {"X-Name": "Zoë ✓"},
    ],
)
def test_the_tap_marks_a_request_as_python_does(headers: dict[str, str]):
    marks = marks_of("https://shop.example", {"X-Cohort": "canary"})
    url = "https://shop.example/pay?a=1"
    out = drive([enable(marks)], [paused(url, headers=headers)])
    assert out["read"] == []
    written = {one["name"]: one["value"] for one in out["sent"][0]["params"]["headers"]}
    wanted = marks.complete(url, headers)
    if "traceparent" not in headers:  # each request is a span of its own
        span, other = written.pop("traceparent").split("-"), wanted.pop("traceparent").split("-")
        assert (span[:2], len(span[2]), span[3]) == (other[:2], len(other[2]), other[3])
    assert written == wanted


@pytest.mark.parametrize(
    "url",
    [
        "https://third.example/",
        "https://shop.example.third.example/",
        "https://shop.example:8443/",
        "https://name@shop.example/",
        "https://api.shop.example/",
    ],
)
def test_the_tap_leaves_to_python_what_is_not_plainly_the_apps_own(url: str):
    held = paused(url)
    assert drive([enable(marks_of("https://shop.example"))], [held]) == {"sent": [], "read": [held]}


def test_the_tap_holds_itself_to_its_session_and_run():
    marks, own = marks_of("https://shop.example"), "https://shop.example/"
    other = paused(own, "of a route of the journey")
    assert drive([enable(marks)], [other]) == {"sent": [], "read": [other]}
    over = {"id": 8, "method": "Fetch.disable", "sessionId": "S"}
    assert drive([enable(marks), over], [paused(own)]) == {"sent": [], "read": [paused(own)]}


def test_an_answer_goes_on_and_is_told_and_only_the_browsers_word_on_that_is_kept_back():
    held = paused("https://www.shop.example/", responseStatusCode=200, responseHeaders=[])
    others = [{"id": 2**30 + 5, "result": {}}, {"id": 12, "result": {"name": "é\u0001"}}]
    ours = {"id": 2**30 + 1, "result": {}, "sessionId": "S"}
    out = drive([enable(marks_of("https://www.shop.example"))], [held, ours, *others])
    assert [one["params"] for one in out["sent"]] == [{"requestId": "1"}]
    assert out["read"] == [{**held, "params": {**held["params"], "leadlineLetGo": True}}, *others]


@pytest.mark.browser
@pytest.mark.asyncio
async def test_no_request_waits_for_python():
    """And the marks are there. Without the tap, Python sees the request and then its answer."""
    async with open_site() as site:
        answers: list[Answer] = []
        held: list[dict[str, Any]] = []
        with tapped_driver():
            playwright = await async_playwright().start()
        assert "driver_tap" not in os.environ.get("NODE_OPTIONS", "")
        try:
            browser = await launch_chromium(playwright)
            marking = await Marking.of(browser)
            marking.session.on("Fetch.requestPaused", lambda event: held.append(event))
            await marking.begin(marks_of(site.url), on_answer=answers.append)
            page = await browser.new_page()
            await page.goto(f"{site.url}/")
            await page.evaluate("fetch('/api').then(answer => answer.text())")
            await marking.end()
            await browser.close()
        finally:
            await playwright.stop()
        assert [bool(event.get("responseStatusCode")) for event in held] == [True, True]
        assert [answer.url.removeprefix(site.url) for answer in answers] == ["/", "/api"]
        assert site.requests_to("/")[0].headers["x-leadline-run"] == "R"
        assert site.requests_to("/api")[0].headers["x-leadline-run"] == "R"
