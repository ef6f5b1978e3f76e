"""The printed tag and line, really used: nginx and Caddy in front of a collector, and Chromium in front of them."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import sync_playwright

from leadline.cli import main
from leadline.settings import find_script
from leadline.wire.snippet import integrity_of
from leadline_probes.browser import find_chromium

APP = '[[app]]\nname = "shop"\nkeys = ["pk_shop"]\norigins = ["*"]\n'
NGINX = """
{user} daemon off; error_log stderr; pid {folder}/nginx.pid;
events {{ }}
http {{
    access_log off; types {{ text/html html; }}
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port}; root {folder}/pages;
        location ~ \\.js$ {{ expires 1d; }}
        {line}
    }}
}}
"""
CADDY = """
{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port} {{
    root * {folder}/pages
    {line}
    handle {{
        file_server
    }}
}}
"""
USER = "user root;" if os.geteuid() == 0 else ""  # else its workers can't read a test's folder
SERVERS = {"nginx": ("nginx", NGINX, ["nginx", "-p"]), "caddy": ("caddy", CADDY, ["caddy", "run", "--config"])}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


class Site:
    """A page with the printed tag, behind a web server with the printed line."""

    def __init__(self, server: str, collector: Any, port: int, said: str) -> None:
        self.collector = collector
        self.url = f"http://127.0.0.1:{port}"
        [self.tag] = re.findall(r"<script async .*</script>", said)
        self.source = self.attribute("src")
        lines = {"nginx": r"location .*?\n  \}", "caddy": r"handle .*?\n  \}"}
        line = re.search(lines[server], said, re.DOTALL)
        assert line is not None
        self.folder: Path = collector.folder / "site"
        (self.folder / "pages").mkdir(parents=True)
        (self.folder / "pages" / "index.html").write_text(f"<!doctype html><html><head>{self.tag}</head></html>")
        _, form, command = SERVERS[server]
        file = self.folder / "server.conf"
        file.write_text(form.format(folder=self.folder, port=port, line=line[0], user=USER))
        whole = [*command, str(self.folder), "-c", str(file)] if server == "nginx" else [*command, str(file)]
        whole += ["--adapter", "caddyfile"] if server == "caddy" else []
        with (self.folder / "said").open("wb") as told:
            self.process = subprocess.Popen(
                whole, stdout=told, stderr=told, env={**os.environ, "HOME": str(self.folder)}
            )

    def attribute(self, name: str) -> str:
        found = re.search(rf'{name}="([^"]+)"', self.tag)
        assert found is not None
        return found[1]

    def answers(self) -> bool:
        assert self.process.poll() is None, (self.folder / "said").read_text()
        try:
            return httpx.get(self.url, timeout=10).status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture(params=sorted(SERVERS))
def site(
    request: pytest.FixtureRequest, collector: Any, wait: Any, capsys: pytest.CaptureFixture[str]
) -> Iterator[Site]:
    if shutil.which(SERVERS[request.param][0]) is None:
        pytest.skip(f"needs {request.param} (apt-get install nginx-light caddy)")
    running = collector(apps=APP)
    file = running.folder / "at_its_port.toml"
    file.write_text(running.settings.replace('"127.0.0.1:0"', f'"127.0.0.1:{running.port}"'))
    assert main(["snippet", "--version", "1.5.0", "--path", "/any/path/", "-c", str(file)]) == 0
    opened = Site(request.param, running, free_port(), capsys.readouterr().out)
    try:
        wait(opened.answers)
        yield opened
    finally:
        opened.process.terminate()
        opened.process.wait(timeout=20)


def test_the_printed_line_passes_on_script_beacon_and_sender_and_nothing_of_the_operators(
    site: Site, beacon: Callable[..., Any]
) -> None:
    script = find_script()
    assert script is not None
    fetched = httpx.get(site.url + site.source, headers={"accept-encoding": "gzip"})
    assert fetched.content == script.read_bytes()
    assert integrity_of(fetched.content) == site.attribute("integrity")
    assert "immutable" in fetched.headers["cache-control"]
    sent = beacon(page_view_id="through")
    stranger = httpx.HTTPTransport(local_address="127.0.0.2")  # not among the trusted
    with httpx.Client(transport=stranger, headers={"x-forwarded-for": "203.0.113.7"}) as client:
        assert client.post(f"{site.url}/any/path/v1/b", json=sent).status_code == 204
    assert site.collector.logged_as("through").network == "127.0.0.0/24"  # not what the stranger claims
    for path in ("metrics", "readyz", "docs", "openapi.json", "v1/drops", "v1/arrivals"):
        assert httpx.get(f"{site.url}/any/path/{path}").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize("site", ["nginx"], indirect=True)
def test_a_browser_runs_the_printed_tag_and_runs_nothing_quietly_once_the_app_is_off(site: Site, wait: Any) -> None:
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(os.environ), args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda line: said.append(line.text))
        page.goto(site.url)
        page.wait_for_function("window.leadline?.version")
        site.collector.file.write_text(site.collector.settings + "on = false\n")
        off = f"{site.collector.url}{site.source.removeprefix('/any/path')}"
        wait(lambda: b"switched off" in httpx.get(off).content)
        fresh = browser.new_page()  # of a context of its own: nothing cached
        fresh.on("console", lambda line: said.append(line.text))
        with fresh.expect_response(lambda answer: ".js" in answer.url) as answered:
            fresh.goto(site.url)
        assert answered.value.body() == b"/* leadline: this app is switched off */\n"
        fresh.wait_for_load_state("load")
        assert fresh.evaluate("window.leadline === undefined")
        browser.close()
    assert [line for line in said if "favicon" not in line and "404" not in line] == []
