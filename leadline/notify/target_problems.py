"""Checks a target before anything starts, because Apprise itself only answers "no". Sends nothing."""

from __future__ import annotations

import difflib
from typing import Any

from leadline.model import Target
from leadline.notify.masking import mask_secrets
from leadline.notify.plugins import UnusableTarget, load_apprise, make_plugin

__all__ = ["check_target"]

_FORMS = "the forms are listed at https://appriseit.com/services/"


def check_target(target: Target) -> str | None:
    """The problem with its remedy, or None. Names the target and the URL's scheme, never the rest of the URL."""
    scheme, separator, rest = target.url.partition("://")
    if not separator:
        return f"target {target.name!r} is not an address: write scheme://…, such as json://127.0.0.1:9000; {_FORMS}"
    load_apprise()
    from apprise.apprise import N_MGR

    known = set(N_MGR.schemas(include_disabled=True))  # type: ignore[no-untyped-call]  # Apprise leaves it open
    if scheme.lower() not in known:
        near = difflib.get_close_matches(scheme.lower(), known, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else f"; {_FORMS}"
        return f"target {target.name!r}: no service is called {mask_secrets(scheme, rest)!r}{meant}"
    service = N_MGR[scheme.lower()]
    if not service.enabled:
        return f"target {target.name!r}: {scheme}:// needs a Python package: install {_needed(service)} beside Leadline"
    try:
        make_plugin(target.url)
    except UnusableTarget:
        return f"target {target.name!r}: {scheme}:// address with a part missing or malformed; {_FORMS}"
    return None


def _needed(service: Any) -> str:
    needed = service.requirements.get("packages_required") or "what its page there names"
    return needed if isinstance(needed, str) else ", ".join(needed)
