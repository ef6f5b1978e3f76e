"""docs/beacon.md names every field of the wire."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from leadline.wire import (
    HARMLESS_ERROR_TYPES,
    Beacon,
    BeaconError,
    BeaconEvent,
    BeaconRequest,
    LoggedBeacon,
    Vitals,
)
from leadline.wire.beacon import SCHEMA_VERSION

PAGE = (Path(__file__).parents[3] / "docs" / "beacon.md").read_text()
SECTIONS = {
    Beacon: "## Beacon",
    Vitals: "## vitals",
    BeaconError: "## errors",
    BeaconEvent: "## events",
    BeaconRequest: "## requests",
    LoggedBeacon: "## In the log",
}


def section(heading: str) -> str:
    return PAGE.split(f"{heading}\n", 1)[1].split("\n## ", 1)[0]


@pytest.mark.parametrize(
    ("struct", "field"), [(struct, field) for struct in SECTIONS for field in struct.__struct_encode_fields__]
)
def test_each_field_is_documented_in_its_section(struct: Any, field: str) -> None:
    assert f"`{field}`" in section(SECTIONS[struct])


def test_the_page_names_the_version_of_the_schema() -> None:
    assert f"schema version {SCHEMA_VERSION}" in PAGE.splitlines()[0]


def test_each_error_that_harms_nobody_is_listed_and_no_other() -> None:
    table = section("## errors").split("### Errors that harm nobody\n", 1)[1]
    cells = [row.split(" | ")[0] for row in table.splitlines() if row.startswith("| `")]
    assert {name for cell in cells[1:] for name in re.findall("`([^`]+)`", cell)} == HARMLESS_ERROR_TYPES
