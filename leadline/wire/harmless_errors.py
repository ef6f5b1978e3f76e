"""Errors that harm no user: kept and shown, but no reason to call a page view one with an error.

Told apart by `error_type`, which the script sets. What another client (or a cached script) writes under the browser's
own words is known by its message. docs/beacon.md lists the types and says how to change the list.
"""

from __future__ import annotations

HARMLESS_ERROR_TYPES: frozenset[str] = frozenset(
    {
        # The browser puts a notification off by a frame: https://www.w3.org/TR/resize-observer-1/#deliver-resize-error
        "ResizeObserverLoop",
        # The page gave a request up itself, or was left meanwhile: https://dom.spec.whatwg.org/#abortcontroller-api-integration
        "AbortError",
        # Thrown by a browser extension, not by the page.
        "ExtensionError",
        # "Script error.": of a script of another origin the browser hides what happened
        # (https://html.spec.whatwg.org/multipage/webappapis.html#muted-errors).
        "ScriptError",
        # What the browser says about the page's code (https://wicg.github.io/deprecation-reporting/): nothing failed.
        "deprecation",
        "intervention",
    }
)

# The browsers' own words for the same, as clients that know no types of ours send them.
_RESIZE_OBSERVER = "ResizeObserver loop"
_HIDDEN = frozenset({"Script error.", "Script error"})


def name_error_type(error_type: str, message: str) -> str:
    """The type that an error counts by: its own, or the harmless one that its message gives away."""
    if message.startswith(_RESIZE_OBSERVER):
        return "ResizeObserverLoop"
    return "ScriptError" if message in _HIDDEN else error_type
