"""A journey's folder may have its own probes/, scheduler/ and web/ packages: the journey imports those, not ours."""

from __future__ import annotations

import http.server
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.install, pytest.mark.browser, pytest.mark.timeout(300)]

JOURNEY = """
from leadline import expect, journey
from probes.words import HEADING
from scheduler.words import TITLE
from web.words import LINK


@journey(every="1m", budget="20s")
async def front_door(run, page):
    async with run.step("home"):
        await page.goto("/")
        await expect(page).to_have_title(TITLE)
        await expect(page.get_by_role("heading")).to_have_text(HEADING)
        await expect(page.get_by_role("link")).to_have_text(LINK)
"""


class _Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<!doctype html><title>The title</title><h1>The heading</h1><a href='/'>The link</a>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["packages", "folders"])
def project(request: pytest.FixtureRequest, tmp_path: Path, site: str) -> Path:
    """A user's folder, its packages with and without `__init__.py`."""
    folder = tmp_path / "shop"
    for package, line in (
        ("probes", "HEADING = 'The heading'"),
        ("scheduler", "TITLE = 'The title'"),
        ("web", "LINK = 'The link'"),
    ):
        (folder / package).mkdir(parents=True)
        (folder / package / "words.py").write_text(line + "\n")
        if request.param == "packages":
            (folder / package / "__init__.py").touch()
    (folder / "journeys").mkdir()
    (folder / "journeys" / "front_door.py").write_text(JOURNEY)
    (folder / "leadline.toml").write_text(
        f'[[app]]\nname = "shop"\nbase_url = "{site}"\n[[journeys]]\npath = "./journeys"\napp = "shop"\n'
    )
    return folder


@pytest.fixture
def installed(environment_with: Callable[[str], Path]) -> Path:
    """The Python of an environment that has the wheel, the probes' lock and pytest."""
    return environment_with("probes", "pytest")


def test_the_wheel_runs_such_a_journey_by_command_and_by_pytest(installed: Path, project: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    commands = (
        [installed.parent / "leadline", "run", "journeys/front_door.py"],
        [installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "journeys/front_door.py"],
    )
    for command in commands:
        ran = subprocess.run(command, capture_output=True, text=True, cwd=project, env=environment)
        assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
    assert "1 passed" in ran.stdout
