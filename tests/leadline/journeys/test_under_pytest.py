"""`python -m pytest journeys/checkout.py`, in the user's folder, with the user's packages and settings."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from leadline.model import RunSource, RunStatus
from leadline.records import Records

CHECKOUT = """
from leadline import expect, journey
from probes.shop import HEADING
from scheduler import times
from web.pages import Home

@journey(every="1m", budget="6s")
async def checkout(run, page):
    async with run.step("home"):
        await Home(page).open()
        await expect(page.locator("h1")).to_have_text(HEADING, timeout=1000)

@journey(every="1m", name="test_refund")
async def test_refund(run, page):
    async with run.step("ask back"):
        await page.goto("/")
        assert await page.title() == "Refund", "no refund page"
"""


@pytest.fixture
def shop():
    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>Shop</title><h1>Welcome</h1>")

        def log_message(self, *args):
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def project(tmp_path, shop) -> Path:
    files = {
        "leadline.toml": f"""
            [[app]]
            name = "shop"
            base_url = "{shop}"
            [[journeys]]
            path = "./journeys"
            app = "shop"
            [notify]
            targets = {{ oncall = "${{NOT_SET_IN_CI}}" }}
        """,
        "journeys/checkout.py": CHECKOUT,
        "probes/shop.py": "HEADING = 'Welcome'",
        "scheduler/__init__.py": "times = 1",
        "web/pages.py": """
            class Home:
                def __init__(self, page):
                    self.page = page
                async def open(self):
                    await self.page.goto("/")
        """,
        "tests/test_own.py": """
            import pytest
            @pytest.mark.asyncio
            async def test_async():
                assert True
            @pytest.mark.journey(every="5m")
            def test_marked():
                assert True
        """,
        "pytest.ini": """
            [pytest]
            addopts = --strict-markers --strict-config
            filterwarnings = error
            xfail_strict = true
            asyncio_default_fixture_loop_scope = function
        """,
    }
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(textwrap.dedent(text))
    return tmp_path


def run_pytest(project: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environ},
    )


@pytest.mark.browser
@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_a_journey_file_runs_beside_the_users_tests_packages_and_strict_settings(project, mode):
    ran = run_pytest(project, f"--import-mode={mode}", "journeys/checkout.py", "tests")
    assert "journeys/checkout.py::checkout PASSED" in ran.stdout, ran.stdout + ran.stderr
    assert "journeys/checkout.py::test_refund FAILED" in ran.stdout
    assert "tests/test_own.py::test_async PASSED" in ran.stdout
    assert "1 failed, 3 passed" in ran.stdout
    assert 'journey test_refund: failed (assertion), step "ask back"' in ran.stdout
    assert "  no refund page" in ran.stdout
    assert 'checkout.py:17: assert await page.title() == "Refund", "no refund page"' in ran.stdout
    assert {path.name for path in (project / "test-results" / "leadline").rglob("*.*")} == {
        *("trace.zip", "screenshot.png", "log.txt", "console.txt", "requests.har", "pages.json"),
    }
    assert ran.returncode == 1


@pytest.mark.browser
def test_one_journey_can_be_chosen_and_sent_elsewhere(project):
    ran = run_pytest(project, "journeys/checkout.py::checkout", LEADLINE_BASE_URL="http://127.0.0.1:1/")
    assert "1 failed" in ran.stdout, ran.stdout + ran.stderr
    assert "ERR_UNSAFE_PORT" in ran.stdout
    ran = run_pytest(project, "journeys/checkout.py::checkout", "--leadline-base-url", "http://127.0.0.1:1/")
    assert "ERR_UNSAFE_PORT" in ran.stdout


def test_the_marker_of_journeys_is_known_under_strict_markers_and_by_nothing_else_than_leadline(project):
    ran = run_pytest(project, "tests")
    assert "tests/test_own.py::test_marked PASSED" in ran.stdout, ran.stdout + ran.stderr
    ran = run_pytest(project, "-p", "no:leadline", "tests")
    assert "'journey' not found in `markers` configuration option" in ran.stdout, ran.stdout + ran.stderr


@pytest.mark.parametrize("arguments", [[], ["."]])
def test_a_folder_that_nobody_named_is_not_searched_for_journeys(project, arguments):
    ran = run_pytest(project, *arguments)
    assert "checkout" not in ran.stdout, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout


@pytest.mark.browser
def test_a_folder_that_is_named_runs_its_journeys_and_the_runs_are_kept_as_ci(project):
    records_file = project / ".leadline" / "records.sqlite"
    records_file.parent.mkdir()
    Records.open(records_file).close()
    ran = run_pytest(project, "journeys")
    assert "journeys/checkout.py::checkout PASSED" in ran.stdout, ran.stdout + ran.stderr
    assert "1 failed, 1 passed" in ran.stdout
    records = Records.open(records_file)
    kept = {(run.name, run.app, run.source, run.status) for run in records.runs()}
    records.close()
    assert kept == {
        ("checkout", "shop", RunSource.CI, RunStatus.PASSED),
        ("test_refund", "shop", RunSource.CI, RunStatus.FAILED),
    }


def test_a_journey_file_that_does_not_import_is_one_clear_error(project):
    (project / "journeys" / "checkout.py").write_text("import nowhere_at_all\n" + CHECKOUT)
    ran = run_pytest(project, "journeys/checkout.py")
    assert "checkout.py:1: ModuleNotFoundError: No module named 'nowhere_at_all'" in ran.stdout, ran.stdout
    assert ran.returncode == 2


def test_a_missing_browser_is_one_clear_message(project):
    ran = run_pytest(project, "journeys/checkout.py::checkout", LEADLINE_CHROMIUM="/nowhere/chromium")
    assert "LEADLINE_CHROMIUM=/nowhere/chromium is not an executable file" in ran.stdout, ran.stdout
    assert "apt install chromium-headless-shell" in ran.stdout
    assert "Traceback" not in ran.stdout


ORDER = """
import time
from pathlib import Path
from leadline import journey

PLACE = Path(__file__).parent

def note(text):
    with (PLACE / "undone").open("a") as file:
        file.write(text + "\\n")

def refuse_once():
    if not (PLACE / "asked").exists():
        (PLACE / "asked").touch()
        raise ValueError("not now")
    note("second try")

@journey(every="1m")
async def order(run, page):
    async with run.step("order"):
        run.cleanup(note, "first")
        run.cleanup(refuse_once)
        run.cleanup(note, "last")

@journey(every="1m", deadline="2s")
async def stuck(run, page):
    async with run.step("order"):
        run.cleanup(note, "stuck, first")
        run.cleanup(note, "stuck, last")
    time.sleep(600)
"""


@pytest.mark.browser
def test_what_runs_leave_is_kept_in_the_home_and_undone_before_pytest_ends(project):
    (project / "journeys" / "order.py").write_text(ORDER)
    records_file = project / ".leadline" / "records.sqlite"
    records_file.parent.mkdir()
    Records.open(records_file).close()
    ran = run_pytest(project, "journeys/order.py")
    assert "journeys/order.py::order PASSED" in ran.stdout, ran.stdout + ran.stderr
    assert "the journey blocks its thread" in ran.stdout
    undone = (project / "journeys" / "undone").read_text().splitlines()
    assert undone[:2] == ["last", "first"]
    assert undone[2:] == ["stuck, last", "stuck, first", "second try"]
    records = Records.open(records_file)
    assert records.unfinished_cleanups() == []
    records.close()
    assert "not undone" not in ran.stderr


@pytest.mark.browser
def test_what_can_not_be_undone_is_said_at_the_end(project):
    (project / "journeys" / "order.py").write_text(ORDER.replace('note("second try")', 'raise ValueError("never")'))
    ran = run_pytest(project, "journeys/order.py::order")
    assert "not undone: journeys/order.py::refuse_once of run " in ran.stderr, ran.stdout + ran.stderr
    assert "ValueError: never; nobody will try it again" in ran.stderr
