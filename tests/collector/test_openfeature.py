"""The stock OpenFeature providers against the collector, unchanged: the web SDK in a real Chromium, and Python's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from collector.conftest import APPS, Running
from collector.streaming_proxy import proxied_site
from collector.test_ofrep import FLAGS, desk_of
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from playwright.sync_api import Page, sync_playwright

from leadline_probes.browser import find_chromium

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
PAGE = """
import { OpenFeature, ProviderEvents } from "@openfeature/web-sdk";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
const flags = OpenFeature.getClient();
const show = () => {
  const told = flags.getBooleanDetails("new-checkout", false);
  document.title = `${told.value} ${told.variant} ${told.reason}`;
  window.rows = flags.getObjectValue("limits", { rows: 0 }).rows;
  window.missing = flags.getBooleanDetails("nobody-s", true).errorCode;
};
flags.addHandler(ProviderEvents.Ready, show);
flags.addHandler(ProviderEvents.ConfigurationChanged, show);
const query = new URLSearchParams({ key: "pk_people" });
const provider = new OFREPWebProvider({ baseUrl: `${location.origin}/_l`, query, cacheMode: "disabled" });
const person = { targetingKey: "u1", email_domain: "shop.example" };
OpenFeature.setContext(person).then(() => OpenFeature.setProviderAndWait(provider));
"""
# `people` takes any origin; its flags are those of the shop under its name.
FLAGS_OF_PEOPLE = FLAGS.replace('app = "shop"', 'app = "people"')


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("page")
    (folder / "page.js").write_text(PAGE)
    built = folder / "built.js"
    dashboard = ROOT / "web" / "dashboard"
    options = ["--bundle", "--format=iife", f"--outfile={built}", "--log-level=error"]
    command = [sys.executable, str(ROOT / "tools" / "npm.py"), str(dashboard), "exec", "--", "esbuild"]
    environ = {**os.environ, "NODE_PATH": str(dashboard / "node_modules")}
    subprocess.run([*command, str(folder / "page.js"), *options], cwd=ROOT, env=environ, check=True)
    return built.read_bytes()


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=find_chromium(os.environ), args=arguments)
        yield browser.new_page()
        browser.close()


@pytest.mark.browser
def test_a_kill_reaches_an_open_page_of_the_stock_web_sdk_through_a_proxy(
    collector: Callable[..., Running], tmp_path: Path, script: bytes, page: Page
) -> None:
    door = collector(apps=APPS + FLAGS_OF_PEOPLE)
    html = b"<!doctype html><link rel=icon href=data:,><title>waiting</title><script src=/page.js></script>"
    pages = {"/": ("text/html", html), "/page.js": ("text/javascript", script)}
    with proxied_site(pages, port=door.port) as origin:
        page.goto(origin)
        page.wait_for_function("document.title !== 'waiting'")
        assert page.title() == "true on TARGETING_MATCH"
        assert page.evaluate("[window.rows, window.missing]") == [10, "FLAG_NOT_FOUND"]
        desk = desk_of(tmp_path)
        desk.kill("new-checkout", by="eve", reason="", at=NOW)
        page.wait_for_function("document.title === 'false off DISABLED'")
        desk.restore("new-checkout", by="eve", reason="", at=NOW)
        page.wait_for_function("document.title === 'true on TARGETING_MATCH'")
        page.close()
        assert door.stop() == 0


def test_the_stock_python_provider_gets_values_and_errors(collector: Callable[..., Running], tmp_path: Path) -> None:
    door = collector(apps=APPS + FLAGS)
    api.set_provider_and_wait(OFREPProvider(door.url, headers_factory=lambda: {"X-API-Key": "pk_shop"}))
    flags = api.get_client()
    staff = EvaluationContext(targeting_key="u1", attributes={"email_domain": "shop.example"})
    told: Any = flags.get_boolean_details("new-checkout", False, staff)
    assert (told.value, told.variant, told.reason) == (True, "on", "TARGETING_MATCH")
    assert flags.get_object_value("limits", {}, staff) == {"rows": 10}
    assert flags.get_boolean_details("nobody-s", True, staff).error_code is ErrorCode.FLAG_NOT_FOUND
    assert flags.get_boolean_details("new-checkout", False).error_code is ErrorCode.TARGETING_KEY_MISSING
    desk_of(tmp_path).kill("new-checkout", by="eve", reason="", at=NOW)
    killed: Any = flags.get_boolean_details("new-checkout", True, staff)
    assert (killed.value, killed.reason) == (False, "DISABLED")
    api.shutdown()
