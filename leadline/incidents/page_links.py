"""The links of a page, in the order in which a phone shows them as buttons: act first, then look.

They open without a login. An incident that is over has nothing to act on, so only the dashboard remains.
"""

from __future__ import annotations

from urllib.parse import urlencode

from leadline.incidents.page_context import PageContext
from leadline.incidents.page_formats import PageLink
from leadline.model import Finding, Incident

__all__ = ["list_links"]


def list_links(incident: Incident, context: PageContext, dashboard_url: str | None, *, is_over: bool) -> list[PageLink]:
    links: list[PageLink] = []
    if context.link and not is_over:
        links += [] if incident.acknowledged_by else [PageLink("I am on it", context.link)]
        trace = next((url for one in incident.findings if (url := _trace_of(one, context.link))), None)
        links += [PageLink("Trace", trace)] if trace else []
        links.append(PageLink("Silence 1 h", f"{context.link}#silence"))
    if context.runbook and not is_over:
        links.append(PageLink("Runbook", context.runbook))
    if dashboard_url:
        links.append(PageLink("Dashboard", _view_of(incident, dashboard_url)))
    return links


def _trace_of(one: Finding, link: str) -> str | None:
    file = next((file for file in one.evidence if file.kind == "trace"), None)
    if file is None or file.path.count("/") < 2:
        return None
    run_id, name = file.path.split("/")[-2:]
    return f"{link}/evidence/{run_id}/{name}"


def _view_of(incident: Incident, dashboard_url: str) -> str:
    """The view that shows most about the subject. No id: in plain text an address is read."""
    views = {
        "journey": f"#/journey?{urlencode({'app': incident.subject.app, 'name': incident.subject.name})}",
        "release": f"#/versions?{urlencode({'app': incident.subject.app})}",
        "objective": "#/budgets",
    }
    return f"{dashboard_url.rstrip('/')}/{views.get(incident.subject.kind, '')}"
