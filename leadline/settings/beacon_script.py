"""Where the collector's built b.js lies on this machine, for whoever writes a tag with its checksum."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def find_script() -> Path | None:
    """The built b.js that the collector serves; None where it is not built or the collector not installed."""
    spec = find_spec("leadline_collector")
    if spec is None or spec.origin is None:
        return None
    script = Path(spec.origin).parent / "static" / "b.js"
    return script if script.is_file() else None
