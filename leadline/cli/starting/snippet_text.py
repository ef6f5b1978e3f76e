"""The tag for a web page and the line for the web server in front. Pure but for reading the script's bytes."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.util import find_spec
from pathlib import Path

from leadline.settings import AppSettings


def find_script() -> Path | None:
    """The built b.js that the collector serves; None where it is not built or the collector not installed."""
    spec = find_spec("leadline_collector")
    if spec is None or spec.origin is None:
        return None
    script = Path(spec.origin).parent / "static" / "b.js"
    return script if script.is_file() else None


def integrity_of(script: bytes) -> str:
    """Subresource Integrity, https://www.w3.org/TR/SRI/: the browser refuses a script that is not this one."""
    return f"sha384-{base64.b64encode(hashlib.sha384(script).digest()).decode()}"


def write_tag(app: AppSettings, *, version: str | None, cohort: str | None, integrity: str | None, source: str) -> str:
    """The one line for the page."""
    attributes = {
        "src": source,
        "integrity": integrity,
        "crossorigin": "anonymous" if integrity else None,
        "data-app": app.name,
        "data-key": app.keys[0] if app.keys else None,
        "data-version": version or "YOUR VERSION",
        "data-cohort": cohort,
    }
    said = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items() if value is not None)
    return f"<script async {said}></script>"


def write_nginx(collector: str) -> str:
    """Inside `server { ... }`."""
    return (
        "location /_l/ {\n"
        f"    proxy_pass http://{collector}/;\n"
        "    proxy_set_header Host $host;\n"
        "    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
        "}"
    )


def write_caddy(collector: str) -> str:
    """Inside the site's block."""
    return f"handle_path /_l/* {{\n    reverse_proxy {collector}\n}}"
