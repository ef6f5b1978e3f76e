"""Serves the built dashboard with a strict policy, and Playwright's trace viewer with a separate one."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from leadline.serving.problems import Problem
from leadline.wire.problems import ProblemType

router = APIRouter(include_in_schema=False)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Playwright's viewer shows snapshots of a page in frames, with that page's own styles, pictures and fonts; it may not
# fetch from anywhere but here, so a link can't make it show somebody else's trace.
VIEWER_POLICY = (
    "default-src 'self' blob: data:; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline' blob: data:; "
    "connect-src 'self' blob: data:; frame-ancestors 'self'; base-uri 'self'; form-action 'none'"
)
_HASHED = "public, max-age=31536000, immutable"


def built_page() -> Path | None:
    """The dashboard's first page; None in a checkout without a built front end."""
    page = _static() / "index.html"
    return page if page.is_file() else None


@router.get("/dashboard/{name}")
def dashboard_file(name: str) -> Response:
    """Scripts and styles have their hash in their name and may be cached for ever."""
    file = _static() / name
    if file.parent != _static() or not file.is_file():
        raise Problem(ProblemType.UNKNOWN_FILE, f"the dashboard has no file {name!r}", field="name")
    return FileResponse(file, headers={"Cache-Control": _HASHED if len(name.split(".")) > 2 else "no-cache"})


@router.get("/trace/{path:path}")
def viewer_file(path: str) -> Response:
    """404 with the remedy if Playwright is not installed with the web service."""
    folder = _viewer()
    if folder is None:
        raise Problem(ProblemType.NO_VIEWER, "the trace viewer comes with Playwright, which is not installed here")
    file = (folder / (path or "index.html")).resolve()
    if not file.is_relative_to(folder) or not file.is_file():
        raise Problem(ProblemType.UNKNOWN_FILE, f"the trace viewer has no file {path!r}", field="path")
    policy = VIEWER_POLICY.format(hashes=_hashes_in(file) if file.suffix == ".html" else "")
    headers = {"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN", "Cache-Control": "no-cache"}
    return FileResponse(file, headers=headers)


def page_response(page: Path) -> Response:
    return FileResponse(page, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"})


@cache
def _hashes_in(page: Path) -> str:
    """Hashes of the viewer's own inline scripts, which may run because Playwright delivers them."""
    scripts = re.findall(rb"<script>(.*?)</script>", page.read_bytes(), re.DOTALL)
    return "".join(f" 'sha256-{base64.b64encode(hashlib.sha256(one).digest()).decode()}'" for one in scripts)


@cache
def _static() -> Path:
    return Path(str(resources.files("leadline_web"))) / "static" / "dashboard"


@cache
def _viewer() -> Path | None:
    found = find_spec("playwright")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "driver" / "package" / "lib" / "vite" / "traceViewer"
    return folder.resolve() if (folder / "index.html").is_file() else None
