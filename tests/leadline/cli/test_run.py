"""`leadline run`: one journey, once, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leadline.cli import main
from leadline.model import RunSource
from leadline.records import Records
from leadline.settings import load_settings

JOURNEY = """
from leadline import expect, journey

@journey(every="1m", timeout="500ms")
async def buy(run, page):
    async with run.step("home"):
        await page.goto("/")
    async with run.step("read", budget={budget!r}):
        await expect(page.get_by_role("heading")).to_have_text({heading!r})
"""
GOOD, BAD = "Welcome, dear guest", "Goodbye"


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write_journey(folder: Path, *, heading: str = GOOD, budget: str = "5s") -> Path:
    file = folder / "journeys" / "buy.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(JOURNEY.format(heading=heading, budget=budget))
    return file


@pytest.mark.browser
def test_without_a_configuration_a_base_url_is_enough(
    site: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_journey(tmp_path)
    assert main(["run", str(file), "--base-url", site.url]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"buy on {site.url}"
    assert [line.split()[:2] for line in lines[1:3]] == [["✓", "home"], ["✓", "read"]]
    assert lines[3].startswith("PASSED in ")


@pytest.mark.browser
def test_a_failure_is_exit_1_and_names_its_evidence(
    site: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_journey(tmp_path, heading=BAD)
    assert main(["run", f"{file}::buy", "--base-url", site.url]) == 1
    said = capsys.readouterr().out
    assert "FAILED in " in said
    assert "assertion in step read" in said
    shown = next(line.split()[1] for line in said.splitlines() if line.startswith("  screenshot"))
    assert Path(shown).read_bytes().startswith(b"\x89PNG")


@pytest.mark.browser
def test_slower_than_its_budget_is_said_and_is_no_failure(
    site: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_journey(tmp_path, budget="1ms")
    assert main(["run", str(file), "--base-url", site.url]) == 0
    assert "DEGRADED" in capsys.readouterr().out


@pytest.mark.browser
def test_a_fault_of_our_side_is_exit_70(site: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_journey(tmp_path)
    file.write_text("import os\n" + file.read_text().replace('await page.goto("/")', "os._exit(3)"))
    assert main(["run", str(file), "--base-url", site.url]) == 70
    assert "ABORTED" in capsys.readouterr().out


@pytest.mark.browser
def test_where_there_is_a_home_the_run_is_kept_and_opens_no_incident(
    site: Any, tmp_path: Path, write_settings: Callable[..., Path]
) -> None:
    app = f'[[app]]\nname = "shop"\nbase_url = "{site.url}"\n'
    file = write_settings(app + '[[journeys]]\npath = "journeys"\napp = "shop"\nconfirm = 1\n')
    write_journey(tmp_path, heading=BAD)
    paths = load_settings(file).paths
    paths.create_folders()
    Records.open(paths.records).close()
    assert main(["run", "journeys/buy.py"]) == 1
    records = Records.open(paths.records)
    assert [(run.name, run.app, run.source) for run in records.runs()] == [("buy", "shop", RunSource.ADHOC)]
    assert records.incidents() == []
    records.close()


@pytest.mark.browser
def test_several_runs_end_with_their_spread(site: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_journey(tmp_path)
    assert main(["run", str(file), "--base-url", site.url, "--repeat", "3"]) == 0
    said = capsys.readouterr()
    assert f"buy on {site.url} (3 of 3)" in said.out
    assert "buy: 3 runs, 3 passed" in said.out
    assert [line.split()[0] for line in said.out.splitlines() if "(least, median, most)" in line] == [
        "in",
        "home",
        "read",
    ]
    assert said.err.splitlines()[0] == f"  reading {file}, starting the browser ..."


@pytest.mark.browser
def test_a_base_url_with_a_path_says_what_slash_opens_and_hides_its_password(
    site: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_journey(tmp_path)
    base_url = site.url.replace("://", "://stage:hunter2-secret@") + "/shop/"
    main(["run", str(file), "--base-url", base_url])
    said = capsys.readouterr()
    shown = site.url.replace("://", "://stage:•••@")
    assert f"buy on {shown}/shop/" in said.out
    assert f'goto("/") opens {shown}/, goto("") opens {shown}/shop/, goto("cart") opens {shown}/shop/cart' in said.out
    assert "hunter2" not in said.out + said.err


@pytest.mark.browser
def test_a_cleanup_is_in_the_homes_ledger_and_done_when_the_run_is_over(
    site: Any, tmp_path: Path, write_settings: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = f'[[app]]\nname = "shop"\nbase_url = "{site.url}"\n'
    file = write_settings(app + '[[journeys]]\npath = "journeys"\napp = "shop"\n')
    paths = load_settings(file).paths
    paths.create_folders()
    Records.open(paths.records).close()
    kept: list[str] = []
    keep = Records.keep_cleanup
    monkeypatch.setattr(
        Records, "keep_cleanup", lambda self, **said: (kept.append(said["function"]), keep(self, **said))[1]
    )
    journey = tmp_path / "journeys" / "order.py"
    journey.parent.mkdir(exist_ok=True)
    journey.write_text(
        "from pathlib import Path\nfrom leadline import journey\n"
        "def cancel(place):\n    Path(place).write_text('cancelled')\n"
        "@journey(every='1m')\nasync def order(run, page):\n"
        f"    run.cleanup(cancel, {str(tmp_path / 'done')!r})\n    assert False, 'no'\n"
    )
    assert main(["run", "journeys/order.py"]) == 1
    assert kept == ["journeys/order.py::cancel"]
    assert (tmp_path / "done").read_text() == "cancelled"
    records = Records.open(paths.records)
    assert records.unfinished_cleanups() == []
    records.close()


def test_a_file_that_is_not_there_is_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "journeys/nothing.py"]) == 2
    assert "journeys/nothing.py not found" in capsys.readouterr().err


def test_a_journey_that_is_not_there_is_exit_2_and_the_others_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", f"{write_journey(tmp_path)}::sell"]) == 2
    assert "found: buy" in capsys.readouterr().err


def test_a_file_that_does_not_import_is_exit_2_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_journey(tmp_path)
    file.write_text("import nonsense_that_is_not_there\n")
    assert main(["run", str(file)]) == 2
    assert f"{file}:1:1: ModuleNotFoundError" in capsys.readouterr().err


def test_a_cohort_that_is_not_there_is_exit_2(tmp_path: Path, write_settings: Callable[..., Path]) -> None:
    cohorts = 'cohorts = { canary = { cookies = { v = "b" } } }\n'
    write_settings('[[app]]\nname = "shop"\n[[journeys]]\npath = "journeys"\napp = "shop"\n' + cohorts)
    write_journey(tmp_path)
    assert main(["run", "journeys/buy.py", "--cohort", "canry"]) == 2


def test_a_misspelt_configuration_is_exit_2(tmp_path: Path, write_settings: Callable[..., Path]) -> None:
    write_settings("[colector]\n")
    assert main(["run", str(write_journey(tmp_path))]) == 2


def test_an_address_without_a_scheme_is_exit_2(tmp_path: Path) -> None:
    assert main(["run", str(write_journey(tmp_path)), "--base-url", "localhost:3000"]) == 2
