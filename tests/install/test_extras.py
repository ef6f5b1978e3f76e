"""Each extra installs alone, and brings nothing that its service must stand without."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from leadline.settings.schema import BUNDLED_COUNTRIES

pytestmark = [pytest.mark.install, pytest.mark.timeout(300)]

SERVICES = {
    "collector": (
        "leadline_collector.service",
        ("duckdb", "pyarrow", "sqlalchemy", "playwright", "apprise", "maxminddb"),
    ),
    "probes": ("leadline_probes.worker", ("duckdb", "fastapi", "sqlalchemy", "apprise")),
    "scheduler": ("leadline_scheduler.service", ("duckdb", "pyarrow", "fastapi", "playwright")),
    "store": ("leadline_store.service", ("fastapi", "playwright", "apprise", "apscheduler")),
    "web": ("leadline_web.service", ("duckdb", "pyarrow", "numpy", "playwright", "apprise", "apscheduler")),
}


@pytest.mark.parametrize("extra", SERVICES)
def test_a_service_imports_with_its_own_extra_and_without_the_others(
    extra: str, environment_with: Callable[[str], Path], tmp_path: Path
) -> None:
    module, absent = SERVICES[extra]
    python = environment_with(extra)
    program = f"""
import importlib.util, {module}
assert callable({module}.main)
present = [name for name in {absent!r} if importlib.util.find_spec(name)]
assert not present, present
"""
    ran = subprocess.run([python, "-P", "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr


def test_the_wheel_brings_the_country_database_and_the_licence_of_its_data(wheel: Path) -> None:
    if not BUNDLED_COUNTRIES.exists():
        pytest.skip("`make setup` fetches it")
    bundled = {name.rpartition("/")[2] for name in ZipFile(wheel).namelist() if "store/bundled/" in name}
    assert bundled == {"countries.mmdb", "countries.LICENSE"}
    assert wheel.stat().st_size < 8_000_000


def test_the_wheel_says_that_the_library_is_typed(wheel: Path) -> None:
    assert "leadline/py.typed" in ZipFile(wheel).namelist()


def test_the_command_helps_without_any_extra_of_a_service(
    environment_with: Callable[[str], Path], tmp_path: Path
) -> None:
    python = environment_with("probes")
    ran = subprocess.run([python.parent / "leadline", "--help"], capture_output=True, text=True, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "validate" in ran.stdout
