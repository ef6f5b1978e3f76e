"""The house itself: links lead somewhere, modules stay readable, locks have hashes and no addresses."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_MODULE_LINES = 400


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    sources = tracked("*.py", "*.ts", "*.tsx", "*.mjs", "*.sql")
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in sources}
    assert sources
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE_LINES} == {}


@pytest.mark.parametrize("page", tracked("*.md"), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("lock", tracked("requirements/*.txt"), ids=lambda lock: lock.name)
def test_a_lock_has_hashes_and_no_addresses(lock: Path) -> None:
    text = lock.read_text()
    pinned = re.findall(r"^[a-z0-9][\w.\-]*==", text, flags=re.MULTILINE)
    assert pinned
    assert len(re.findall(r"^[a-z0-9].* \\$", text, flags=re.MULTILINE)) == len(pinned)
    assert "://" not in text


def test_every_dependency_says_why_it_is_there() -> None:
    section = (ROOT / "pyproject.toml").read_text().split("dependencies = [", 1)[1].split("[project.scripts]")[0]
    silent = [line.strip() for line in section.splitlines() if re.match(r'\s+"(?!leadline)', line) and "#" not in line]
    assert silent == []


def test_one_module_opens_duckdb() -> None:
    """What the store stands in may become another thing: then one file changes."""
    opening = [
        str(file.relative_to(ROOT))
        for file in tracked(
            "leadline/*.py", "store/*.py", "collector/*.py", "scheduler/*.py", "web/*.py", "probes/*.py"
        )
        if "duckdb.connect(" in file.read_text(encoding="utf-8")
    ]
    assert opening == ["leadline/store/duckdb_file.py"]


def test_front_end_locks_record_no_addresses() -> None:
    for lock in tracked("*package-lock.json"):
        assert '"resolved": "http' not in lock.read_text(), lock


# Papers that stand in no repository, and the tracker's numbers: nobody who reads the code can open them.
_UNREACHABLE = re.compile(
    r"\b(FACTS|DESIGN|STATISTICS|ECOSYSTEM|STYLE|BRIEF)(\.md\b|,? (part )?[A-H]\b|,? \"|')|\b[Ii]ssue (\d|\")"
)


def test_a_source_that_is_named_can_be_opened() -> None:
    """A source moves into docs/decisions/ before it is named."""
    files = tracked("*.py", "*.sql", "*.ts", "*.tsx", "*.mjs", "*.md", "*.toml", "Makefile")
    named = {
        f"{file.relative_to(ROOT)}:{number}": line.strip()
        for file in files
        if file != Path(__file__)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if _UNREACHABLE.search(line)
    }
    assert len(files) > 100
    assert named == {}


def test_a_decision_that_is_named_is_there() -> None:
    there = {file.name[:4] for file in tracked("docs/decisions/*.md")}
    named = {
        (str(file.relative_to(ROOT)), number)
        for file in tracked("*.py", "*.sql", "*.ts", "*.mjs", "*.md", "*.toml")
        if file != Path(__file__)
        for number in re.findall(r"decisions/(\d{4})", file.read_text(encoding="utf-8"))
    }
    assert named
    assert {one for one in named if one[1] not in there} == set()
