"""`leadline schema`: the JSON Schema of leadline.toml, so that an editor completes and checks it."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON Schema of leadline.toml.

    An editor with taplo or tombi completes and checks the file when its first line is
    `#:schema ./leadline.schema.json`.

    \b
    Example:
      leadline schema > leadline.schema.json
    """
    from leadline.settings.json_schema import json_schema_text

    print(json_schema_text(), end="")
