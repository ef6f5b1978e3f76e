"""One source of the version, and a release that refuses what is not ready."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import leadline

ROOT = Path(__file__).parents[2]
PARTS = [
    "leadline/__init__.py",
    "CHANGELOG.md",
    "tools/release.py",
    *(f"web/{name}/{file}" for name in ("beacon", "dashboard") for file in ("package.json", "package-lock.json")),
]


def release(folder: Path, wanted: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "VERSION": wanted}
    program = [sys.executable, str(folder / "tools" / "release.py")]
    return subprocess.run(program, env=environment, capture_output=True, text=True, check=False)


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, check=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for part in PARTS:
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, tmp_path / part)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "all")
    return tmp_path


def test_the_version_is_the_same_everywhere() -> None:
    packages = [ROOT / part for part in PARTS if part.endswith(".json")]
    named = {json.loads(file.read_text())["version"] for file in packages}
    assert {*named, version("leadline")} == {leadline.__version__}


def test_a_version_that_was_not_written_down_is_not_released(checkout: Path) -> None:
    refused = release(checkout)
    assert refused.returncode == 1
    assert f"CHANGELOG.md has no section {leadline.__version__}" in refused.stderr


def test_a_version_is_written_wherever_one_stands_and_then_waits_for_a_commit(checkout: Path) -> None:
    assert release(checkout, "7.8.9").returncode == 0
    assert '__version__ = "7.8.9"' in (checkout / "leadline/__init__.py").read_text()
    assert "\n## Unreleased\n\n## 7.8.9 (" in (checkout / "CHANGELOG.md").read_text()
    locks = [json.loads((checkout / part).read_text()) for part in PARTS if part.endswith("lock.json")]
    assert {lock["packages"][""]["version"] for lock in locks} == {"7.8.9"}
    before = json.loads((ROOT / "web/beacon/package-lock.json").read_text())["packages"]
    assert {name: said for name, said in locks[0]["packages"].items() if name} == {
        name: said for name, said in before.items() if name
    }
    assert "commit or remove first" in release(checkout).stderr


def test_a_version_that_is_tagged_is_not_released_again(checkout: Path) -> None:
    release(checkout, "7.8.9")
    git(checkout, "commit", "--quiet", "-a", "-m", "7.8.9")
    git(checkout, "tag", "v7.8.9")
    assert release(checkout).stderr == "the tag v7.8.9 is there already: make release VERSION=…\n"


def test_what_is_no_version_is_refused(checkout: Path) -> None:
    assert release(checkout, "next").returncode == 2
