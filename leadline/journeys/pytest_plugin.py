"""Lets `python -m pytest journeys/checkout.py` run a journey file, in addition to everything else that pytest runs.

Every pytest run in an environment with Leadline loads this module, so it imports only pytest; leadline_probes runs
the browser, loaded when a journey file, or a folder of such, is named on the command line. A bare
`pytest` never searches for journeys: it must not put load on production.
"""

from __future__ import annotations

import importlib
import re
from fnmatch import fnmatch
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
    return _journey_module(module_path, parent) if _is_asked_for(module_path, parent) else None


def pytest_collect_file(file_path: Path, parent: Any) -> Any:
    """A journey file in a folder that was named, whose name pytest would pass over (`checkout.py`)."""
    if file_path.suffix != ".py" or parent.session.isinitpath(file_path) or not _is_asked_for(file_path, parent):
        return None
    patterns = parent.config.getini("python_files")
    if any(fnmatch(file_path.name, pattern) for pattern in patterns):
        return None  # pytest collects it itself, and asks pytest_pycollect_makemodule
    return _journey_module(file_path, parent)


def _is_asked_for(path: Path, parent: Any) -> bool:
    """Whether the file, or its folder, was named on the command line, and it declares a journey."""
    is_named = parent.session.isinitpath(path) or any(
        folder in path.parents for folder in _named_folders(parent.config)
    )
    return is_named and _DECLARES_A_JOURNEY.search(path.read_bytes()) is not None


def _named_folders(config: pytest.Config) -> list[Path]:
    """Folders named on the command line; not the default folder of a bare `pytest`, or `.`."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return []
    folders = [(config.invocation_params.dir / argument.partition("::")[0]).resolve() for argument in config.args]
    return [
        folder
        for folder in folders
        if folder.is_dir() and folder not in (config.rootpath, config.invocation_params.dir)
    ]


def _journey_module(path: Path, parent: Any) -> Any:
    try:
        collecting = importlib.import_module("leadline_probes.under_pytest")
    except ModuleNotFoundError as missing:
        raise pytest.UsageError(f"journeys need {missing.name}: pip install 'leadline[probes]'") from missing
    return collecting.JourneyModule.from_parent(parent, path=path)
