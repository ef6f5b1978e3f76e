"""The JSON Schema of leadline.toml, for completion and checks in an editor (`#:schema` in the file's first line)."""

from __future__ import annotations

import json
from typing import Any

from leadline.settings.schema import Settings


def json_schema() -> dict[str, Any]:
    """The schema from pydantic, plus the `KEY_file` variants, which only the reader knows."""
    schema = Settings.model_json_schema(by_alias=True)
    for table in [schema, *schema["$defs"].values()]:
        keys = [key for key, said in table.get("properties", {}).items() if _may_stand_in_a_file(said)]
        if keys:
            table["patternProperties"] = {f"^({'|'.join(keys)})_file$": {"type": "string"}}
    title = {
        "title": "leadline.toml",
        "description": "Configuration of Leadline; docs/configuration.md explains each key.",
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, **title}


def json_schema_text() -> str:
    """The text of docs/leadline.schema.json, which `leadline schema` prints."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _may_stand_in_a_file(said: dict[str, Any]) -> bool:
    kinds = [said, *said.get("anyOf", [])]
    return any(
        kind.get("type") == "string" or (kind.get("type") == "array" and kind["items"].get("type") == "string")
        for kind in kinds
    )
