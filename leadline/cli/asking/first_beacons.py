"""Finds apps whose pages have sent nothing yet, once, when all services are ready, and links to the *Listening* page.

It never delays or fails the start: if web does not answer, it says nothing. It blocks, so call it outside the loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from leadline.cli.asking.service import find_web
from leadline.errors import LeadlineError
from leadline.settings import Settings, base_url

# More than a few links don't help on a terminal.
MOST_LINKS = 3


def listening_address(settings: Settings, app: str) -> str:
    """The *Listening* page of `app`."""
    dashboard = (settings.web.public_url or base_url(settings.web.listen)).rstrip("/")
    return f"{dashboard}/#/listening?app={quote(app, safe='')}"


def invite(settings: Settings) -> Iterator[str]:
    """A line for each app whose pages have sent nothing in the last day."""
    quiet = [app.name for app in settings.apps if app.keys and _is_quiet(settings, app.name)]
    for name in quiet[:MOST_LINKS]:
        yield f"no beacon from {name} yet: see the tag and its beacons at {listening_address(settings, name)}"


def _is_quiet(settings: Settings, app: str) -> bool:
    try:
        service = find_web(settings, wait_s=0.0)
        told = service.get(f"/v1/listening/{quote(app, safe='')}").row() if service else None
    except LeadlineError:
        return False
    return told is not None and not any(tick["is_done"] for tick in told["ticks"] if tick["tick"] == "accepted")
