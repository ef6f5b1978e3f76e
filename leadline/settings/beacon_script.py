"""Finds the built b.js on this machine, and how a page includes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from leadline.settings.addresses import base_url
from leadline.settings.references import is_loopback
from leadline.settings.schema import AppSettings, Settings


@dataclass(frozen=True, slots=True)
class Inclusion:
    """`source` and `integrity` of the tag; `is_direct`: the collector's own address, for a site on this machine."""

    source: str
    integrity: str | None
    is_direct: bool


def find_script() -> Path | None:
    """The built b.js that the collector serves; None if it is not built or the collector is not installed."""
    spec = find_spec("leadline_collector")
    if spec is None or spec.origin is None:
        return None
    script = Path(spec.origin).parent / "static" / "b.js"
    return script if script.is_file() else None


def include_script(settings: Settings, app: AppSettings, *, prefix: str | None = None) -> Inclusion:
    """By its long-lived name and checksum if it is built, so that an upgrade breaks no page."""
    from leadline.wire.snippet import PREFIX, address_script  # most callers that read settings need no script

    direct = direct_source(settings, app)
    base = (prefix or PREFIX) if direct is None else direct.removesuffix("b.js")
    script = find_script()
    name, integrity = ("b.js", None) if script is None else _read(script, script.stat().st_mtime_ns)
    key = app.keys[0] if app.keys else None
    return Inclusion(address_script(base, key=key, name=name), integrity, is_direct=direct is not None)


def direct_source(settings: Settings, app: AppSettings) -> str | None:
    """The collector's own address of the script for a site on this machine, which has no web server in front."""
    host = urlsplit(app.base_url).hostname if app.base_url else None
    return f"{base_url(settings.collector.listen)}/b.js" if host is not None and is_loopback(host) else None


@lru_cache(maxsize=4)
def _read(script: Path, _stamp: int) -> tuple[str, str]:
    """Name and checksums of the built file."""
    from leadline.wire.snippet import integrity_of, name_script

    source = script.read_bytes()
    return name_script(source), integrity_of(source)
