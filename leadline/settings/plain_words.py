"""Errors about values of leadline.toml that say what to write; pydantic's own messages name Python types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadline.settings.places import Location

TABLES = ("model_type", "model_attributes_type", "dict_type")


def in_plain_words(detail: Mapping[str, Any], path: str, *, is_table: bool) -> str:
    """The message for one of pydantic's error details (https://docs.pydantic.dev/latest/errors/validation_errors/), at
    `path`.

    `is_table`: the key takes a table, or a list of tables. The message never repeats the value: it may be a secret.
    """
    kind, context = str(detail["type"]), detail.get("ctx", {})
    where: Location = tuple(detail["loc"])
    if kind in TABLES:
        header = f"[[{path}]]" if where and isinstance(where[-1], int) else f"[{path}]"
        return f"a table is needed here; write {header}, and its keys on the lines below"
    if kind == "list_type":
        if is_table:
            return f"write [[{path}]], in two brackets, once for each"
        return 'a list is needed, even for one value: ["…"]'
    if kind == "string_type":
        return 'a text is needed, in quotes: "…"'
    if kind.startswith("int"):
        return "a whole number is needed, without quotes"
    if kind.startswith("float") or kind == "finite_number":
        return "a number is needed, without quotes"
    if kind.startswith("bool"):
        return "write true or false, without quotes"
    if kind == "literal_error":
        return f"write {str(context['expected']).replace(chr(39), chr(34))}"
    message = str(detail["msg"]).removeprefix("Value error, ")
    return message[0].lower() + message[1:]
