"""Lets `python -m pytest journeys/checkout.py` run a journey file, beside everything else that pytest runs.

This module is loaded by every pytest run of whoever has Leadline installed, so it imports nothing but pytest; what runs
a browser is leadline_probes, loaded when a journey file is named on the command line. A folder is never searched for
journeys: nobody should load production by typing `pytest`.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

_DECLARES_A_JOURNEY = re.compile(rb"^@(\w+\.)?journey\(", re.MULTILINE)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("leadline", "Leadline journeys")
    group.addoption(
        "--leadline-base-url",
        metavar="URL",
        help="where journeys run; else LEADLINE_BASE_URL, else the app's base_url in the nearest leadline.toml",
    )
    group.addoption(
        "--leadline-evidence",
        metavar="FOLDER",
        help="where screenshot, trace and log of a failed journey go (default: test-results/leadline)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "journey(every, budget, ...): a test that Leadline also runs as a monitor")


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: Any) -> Any:
    """A module that yields its journeys as well as its tests, where it was named on the command line and has any."""
    if not parent.session.isinitpath(module_path) or not _DECLARES_A_JOURNEY.search(module_path.read_bytes()):
        return None
    try:
        collecting = importlib.import_module("leadline_probes.under_pytest")
    except ModuleNotFoundError as missing:
        raise pytest.UsageError(f"journeys need {missing.name}: pip install 'leadline[probes]'") from missing
    return collecting.JourneyModule.from_parent(parent, path=module_path)
