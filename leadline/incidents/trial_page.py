"""The text of a test page: nothing is broken, this target works, and who asked. Pure."""

from __future__ import annotations

from leadline.incidents.page_formats import PageLink, PageText, render
from leadline.incidents.spans import write_clock
from leadline.model import Incident

__all__ = ["write_trial"]


def write_trial(trial: Incident, *, dashboard_url: str | None) -> PageText:
    """`trial` is the incident that stands for the test page."""
    links = [PageLink("Dashboard", dashboard_url)] if dashboard_url else []
    said = [
        f"Nothing is broken. {trial.title}, {write_clock(trial.opened_at)}.",
        "This target works. Pages about what is broken will come here.",
    ]
    return render("TEST Leadline · nothing is broken", said, links, [["Nothing to do."]])
