"""Environments as a user would make them: the wheel, one extra, and nothing of the checkout."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def environment_with(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes an environment with the wheel, the lock of one extra and `more` packages (of dev's lock).

    Once for all tests, which change nothing in it. Returns its Python.
    """

    @cache
    def make(extra: str, *more: str) -> Path:
        folder = tmp_path_factory.mktemp(f"env-{extra}")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        python = folder / "bin" / "python"
        install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python)]
        lock = ROOT / "requirements" / f"{extra}.txt"
        subprocess.run([*install, "--require-hashes", "-r", str(lock)], check=True)
        subprocess.run([*install, "--no-deps", str(wheel)], check=True)
        if more:
            subprocess.run([*install, "-c", str(ROOT / "requirements" / "dev.txt"), *more], check=True)
        return python

    return make
