"""The documentation of leadline.toml names every key, and the schema that editors use is the one that is in force."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leadline.settings.json_schema import json_schema, json_schema_text

DOCS = Path(__file__).parents[2] / "docs"


def keys(schema: dict[str, Any]) -> Iterator[str]:
    """`app.kpis`, `web.tokens`, `web.tokens.NAME.role` ... of the whole file."""
    yield from _keys_in(schema, schema, "")


def _keys_in(schema: dict[str, Any], table: dict[str, Any], prefix: str) -> Iterator[str]:
    for name, said in table["properties"].items():
        yield prefix + name
        named = list(said.get("patternProperties", {}).values())
        for kind in (said, said.get("items", {}), *named):
            if "$ref" in kind:
                inside = schema["$defs"][kind["$ref"].rpartition("/")[2]]
                yield from _keys_in(schema, inside, f"{prefix}{name}.{'NAME.' if kind in named else ''}")


def test_the_schema_in_the_documentation_is_the_one_in_force() -> None:
    assert (DOCS / "leadline.schema.json").read_text() == json_schema_text(), (
        "run: leadline schema > docs/leadline.schema.json"
    )


@pytest.mark.parametrize("key", sorted(keys(json_schema())))
def test_each_key_is_documented(key: str) -> None:
    assert f"`{key}`" in (DOCS / "configuration.md").read_text()


def test_only_locations_are_documented_as_not_yet_in_effect() -> None:
    """Each of them is a warning in `validate`, too: see leadline/settings/not_yet.py."""
    rows = [row for row in (DOCS / "configuration.md").read_text().splitlines() if "not yet in effect" in row]
    assert {row.split("`")[1] for row in rows if row.startswith("|")} == {"journeys.locations", "check.locations"}
