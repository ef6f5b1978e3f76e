"""The async API of objects that a test holds by Playwright's sync API: both use the same implementation and the
same event loop, so the code for journeys (marking, judging, evidence) works for tests too.

Playwright stores one wrapper per object, whichever was requested first; here the async wrappers are stored in addition
to it. Only for the process of a monitored test.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from playwright._impl._async_base import mapping
from playwright._impl._impl_to_api_mapping import ImplToApiMapping
from playwright.async_api import Browser, BrowserContext
from playwright.sync_api import Browser as SyncBrowser
from playwright.sync_api import BrowserContext as SyncContext

Outcome = TypeVar("Outcome")

_FACE = "_leadline_async_face"


class _Beside(ImplToApiMapping):
    def from_maybe_impl(self, obj: Any, visited: Any = None) -> Any:
        face_class = self._mapping.get(getattr(obj, "_api_impl_class", type(obj))) if obj is not None else None
        if face_class is None:
            return super().from_maybe_impl(obj, visited)
        face = getattr(obj, _FACE, None)
        if face is None:
            face = face_class(obj)
            setattr(obj, _FACE, face)
        return face


def keep_faces_apart() -> None:
    """Once, before the first object is made."""
    mapping.__class__ = _Beside


def async_browser(browser: SyncBrowser) -> Browser:
    face: Browser = mapping.from_impl(browser._impl_obj)
    return face


def async_context(context: SyncContext) -> BrowserContext:
    face: BrowserContext = mapping.from_impl(context._impl_obj)
    return face


def wait_for(anchor: Any, work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """The outcome of `work` on the event loop of `anchor`, any object of the sync API; from the test's own thread."""
    outcome: Outcome = anchor._sync(work)
    return outcome
