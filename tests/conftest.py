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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test in a real browser that fails is run once more, and the report counts it as a rerun.

    Two browsers on two cores can outlast a page's patience. A test that kills is never run again: a beacon or a page
    that is lost once in a hundred kills is the very thing that it is there to find.
    """
    for item in items:
        if item.get_closest_marker("browser") and not item.get_closest_marker("kill"):
            item.add_marker(pytest.mark.flaky(reruns=1))
