"""The driver's writes are gathered, and a trace that is thrown away never touches the disk."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright._impl._driver import compute_driver_executable
from playwright.async_api import async_playwright

from leadline_probes import driver_tap
from leadline_probes.browser import launch_chromium
from leadline_probes.driver_tap import tapped_driver

WRITES = Path(driver_tap.__file__).with_name("driver_writes.cjs")


def in_node(script: str, *arguments: Path) -> Any:
    node, _ = compute_driver_executable()
    command = [node, "-e", f"(async () => {{ {script} }})()", str(WRITES), *map(str, arguments)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_what_is_written_in_one_turn_goes_out_in_one_piece_and_in_order():
    script = """
    const { gather } = require(process.argv[1]);
    const out = [], stream = { write: (data) => out.push(String(data)), end: () => out.push("end") };
    gather(stream);
    stream.write("a"); stream.write("\\0"); stream.write(Buffer.from("é"));
    await new Promise(setImmediate);
    stream.write("b"); stream.end();
    console.log(JSON.stringify(out));
    """
    assert in_node(script) == ["a\0é", "b", "end"]


def test_what_nobody_has_waited_for_is_written_before_what_has_a_listener():
    script = """
    const { gather } = require(process.argv[1]);
    const out = [], stream = { write: (...given) => out.push(given.length), end() {} };
    gather(stream);
    stream.write("a"); stream.write("b", () => {});
    console.log(JSON.stringify(out));
    """
    assert in_node(script) == [1, 2]


HELD = """
const files = require("node:fs").promises, path = require("node:path"), fs = require("node:fs");
const folder = process.argv[2], trace = path.join(folder, "a.trace"), network = path.join(folder, "a.network");
require(process.argv[1]).holdTraces(files);
await files.mkdir(path.join(folder, "resources"), { recursive: true });
await files.writeFile(network, "");
await files.appendFile(trace, "one ");
await files.appendFile(trace, "two ");
const before = fs.existsSync(trace);
"""


def test_a_trace_is_on_the_disk_whole_once_it_is_kept(tmp_path: Path):
    """The driver copies the record of requests, may append what it still has, and then reads the files."""
    script = """
    await files.copyFile(network, path.join(folder, "copy.network"));
    await files.appendFile(trace, "three");
    console.log(JSON.stringify([before, fs.readFileSync(trace, "utf8")]));
    """
    assert in_node(HELD + script, tmp_path / "traces") == [False, "one two three"]


def test_a_trace_that_was_thrown_away_is_not_written_by_the_next_one(tmp_path: Path):
    script = """
    fs.rmSync(folder, { recursive: true });
    await files.mkdir(path.join(folder, "resources"), { recursive: true });
    console.log(JSON.stringify([before, fs.existsSync(trace)]));
    """
    assert in_node(HELD + script, tmp_path / "traces") == [False, False]


def test_the_trace_of_another_context_survives_the_beginning_of_a_new_one(tmp_path: Path):
    script = """
    await files.mkdir(path.join(folder, "resources"), { recursive: true });
    await files.appendFile(trace, "three");
    await files.copyFile(network, path.join(folder, "copy.network"));
    console.log(JSON.stringify(fs.readFileSync(trace, "utf8")));
    """
    assert in_node(HELD + script, tmp_path / "traces") == "one two three"


def test_a_long_trace_goes_to_the_disk_before_it_fills_the_memory(tmp_path: Path):
    script = """
    for (let piece = 0; piece < 5; piece++) await files.appendFile(trace, "x".repeat(2 ** 20));
    console.log(JSON.stringify([before, fs.statSync(trace).size > 2 ** 22]));
    """
    assert in_node(HELD + script, tmp_path / "traces") == [False, True]


@pytest.mark.browser
@pytest.mark.asyncio
async def test_a_kept_trace_is_as_complete_as_that_of_a_plain_driver(tmp_path: Path):
    """Its actions and its console, up to the last line; while it is recorded there is no file."""
    with tapped_driver():
        playwright = await async_playwright().start()
    traces = tmp_path / "traces"
    try:
        browser = await launch_chromium(playwright, traces_folder=traces)
        context = await browser.new_context()
        await context.tracing.start(snapshots=True)
        page = await context.new_page()
        await page.set_content("<p>hello</p>")
        await page.evaluate("console.log('the last words')")
        assert [*traces.glob("*.trace")] == []
        await context.tracing.stop(path=tmp_path / "trace.zip")
        await browser.close()
    finally:
        await playwright.stop()
    with zipfile.ZipFile(tmp_path / "trace.zip") as archive:
        events = [json.loads(line) for line in archive.read("trace.trace").splitlines()]
    assert {"setContent", "evaluateExpression"} <= {event.get("method") for event in events}
    assert "the last words" in [event["text"] for event in events if event["type"] == "console"]
    assert any(event["type"] == "frame-snapshot" for event in events)
