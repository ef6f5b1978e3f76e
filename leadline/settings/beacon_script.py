"""Where b.js is: the built file on this machine, and the address that a page includes it from."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from leadline.settings.addresses import base_url
from leadline.settings.references import is_loopback
from leadline.settings.schema import AppSettings, Settings


def find_script() -> Path | None:
    """The built b.js that the collector serves; None where it is not built or the collector not installed."""
    spec = find_spec("leadline_collector")
    if spec is None or spec.origin is None:
        return None
    script = Path(spec.origin).parent / "static" / "b.js"
    return script if script.is_file() else None


def direct_source(settings: Settings, app: AppSettings) -> str | None:
    """The collector's own address of the script for a site on this machine, which has no web server in front."""
    host = urlsplit(app.base_url).hostname if app.base_url else None
    return f"{base_url(settings.collector.listen)}/b.js" if host is not None and is_loopback(host) else None
