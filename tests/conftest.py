"""What holds for every test of the house."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def write_countries(tmp_path: Path) -> Callable[..., Path]:
    """Writes a country database with these records by network and moves it into its place, as geoipupdate does."""
    from mmdb_writer import MMDBWriter
    from netaddr import IPSet

    def run(records: dict[str, Any], *, ip_version: int = 6, name: str = "countries.mmdb") -> Path:
        writer = MMDBWriter(ip_version=ip_version, ipv4_compatible=ip_version == 6, database_type="Test-Country")
        for network, record in records.items():
            writer.insert_network(IPSet([network]), record)
        writer.to_db_file(str(tmp_path / "beside"))
        os.replace(tmp_path / "beside", tmp_path / name)
        return tmp_path / name

    return run


# What is drawn, or how long it took in a browser that shares two cores with another. Nothing that is about loss, leak
# or delivery is ever run again: a beacon or a page that is lost once in a hundred runs is the very thing that it is
# there to find.
MAY_RUN_AGAIN = (
    "beacon/test_burden.py",
    "beacon/test_vitals.py",
    "collector/test_openapi.py",
    "dashboard_views/",
    "demo/test_faults.py",
    "demo/test_looks.py",
    "demo/test_visitors.py",
    "docs/test_pictures.py",
    "leadline/cli/test_record.py",
    "web/test_docs.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that only looks at what a real browser shows is run once more if it fails, and counted as a rerun."""
    here = Path(__file__).parent
    for item in items:
        if item.get_closest_marker("browser") and item.path.relative_to(here).as_posix().startswith(MAY_RUN_AGAIN):
            item.add_marker(pytest.mark.flaky(reruns=1))
