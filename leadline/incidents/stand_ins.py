"""The first lines of a page that goes to somebody in place of others: their target is dead, or nobody acknowledged."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from leadline.incidents.foreign_text import clean_text, cut
from leadline.incidents.page_formats import PageText
from leadline.incidents.titles import MOST_TITLE_CHARACTERS
from leadline.model import Notification, TransitionKind

__all__ = ["write_head"]


def write_head(page: PageText, notification: Notification) -> PageText:
    """The same page, with a first line on why this target gets it. A page sent by the routes stays unchanged, and so
    does what follows an escalation (a change, the end): nobody waits for an answer to that."""
    if notification.level == "fallback" and notification.instead_of is not None:
        target = clean_text(notification.instead_of, limit=40)
        head = f"Target {target} has refused this page {clean_text(notification.because or '', limit=300)}"
        return _put(page, why=f"{target} is dead", head=f"{head}\nYou get it in its place.")
    if notification.transition is not TransitionKind.OPEN:
        return page
    if notification.level == "escalation":
        return _put(page, why="unanswered", head="Nobody has acknowledged this: it escalates to you.")
    if notification.level == "repeat":
        return _put(page, why="again", head="Nobody has acknowledged this yet: you get it again.")
    return page


def _put(page: PageText, *, why: str, head: str) -> PageText:
    """The state stays the first word of the title: `DOWN (unanswered) shop checkout`. A title without one (`Ada is on
    it`) stays as it is."""
    state, _, rest = page.title.partition(" ")
    title = f"{state} ({why}) {rest}" if state.isupper() else page.title
    return replace(
        page,
        title=cut(title, limit=MOST_TITLE_CHARACTERS),
        body=f"{head}\n\n{page.body}",
        markdown=f"{head}\n\n{page.markdown}" if page.markdown else "",
        html=f"<p>{escape(head)}</p>\n{page.html}" if page.html else "",
    )
