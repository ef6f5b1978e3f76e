"""The first lines of a page that goes to somebody in place of others: their target is dead, or nobody acknowledged."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from leadline.incidents.foreign_text import clean_text, cut
from leadline.incidents.page_formats import PageText
from leadline.incidents.titles import MOST_TITLE_CHARACTERS
from leadline.model import Notification

__all__ = ["write_head"]


def write_head(page: PageText, notification: Notification) -> PageText:
    """The same page, with a first line on why this target gets it; a page sent by the routes stays unchanged."""
    if notification.level == "fallback":
        target = clean_text(notification.instead_of or "a target", limit=40)
        head = f"Target {target} has refused this page {clean_text(notification.because or '', limit=300)}"
        return _put(page, title=f"{target} is dead: {page.title}", head=f"{head}\nYou get it in its place.")
    if notification.level == "escalation":
        return _put(page, title=f"Unanswered: {page.title}", head="Nobody has acknowledged this: it escalates to you.")
    if notification.level == "repeat":
        return _put(page, title=f"Again: {page.title}", head="Nobody has acknowledged this yet: you get it again.")
    return page


def _put(page: PageText, *, title: str, head: str) -> PageText:
    return replace(
        page,
        title=cut(title, limit=MOST_TITLE_CHARACTERS),
        body=f"{head}\n\n{page.body}",
        markdown=f"{head}\n\n{page.markdown}" if page.markdown else "",
        html=f"<p>{escape(head)}</p>\n{page.html}" if page.html else "",
    )
