"""Which page an error is about: several may be open, and a screenshot of the wrong one does not help."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from playwright._impl._async_base import mapping
from playwright.async_api import Page


def find_failing_page(error: BaseException | None) -> Page | None:
    """The page of the locator, frame or expectation that raised `error`; None if it is about no page."""
    traceback = error.__traceback__ if error is not None else None
    found: Page | None = None
    while traceback is not None:  # the innermost that is about a page decides
        found = _page_of(traceback.tb_frame.f_locals.get("self")) or found
        traceback = traceback.tb_next
    return found


def order_pages(pages: Iterable[Page], *first: Page | None) -> list[Page]:
    """Those that are open, in their order, but `first` those that are named, as they are named."""
    order = [page for page in first if page is not None]
    shown = [page for page in pages if not page.is_closed()]
    return sorted(shown, key=lambda page: next((place for place, one in enumerate(order) if one is page), len(order)))


def _page_of(thing: Any) -> Page | None:
    """By its implementation: that is the same for the sync API, and Playwright's assertions name theirs only there."""
    implementation = getattr(thing, "_impl_obj", None)
    actual = getattr(implementation, "_actual_locator", None) or getattr(implementation, "_actual_page", None)
    actual = actual or implementation
    frame = getattr(actual, "_frame", None) or getattr(actual, "main_frame", None) or actual
    page = mapping.from_maybe_impl(getattr(frame, "_page", None))
    return page if isinstance(page, Page) else None
