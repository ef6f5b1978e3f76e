"""Errors that harm no user: kept and shown, but they don't count in the share of views with an error.

They are recognised by `error_type`, which the script sets. Errors from other clients (or a cached script) are
recognised by the browser's message. docs/beacon.md lists the types and says how to change the list.
"""

from __future__ import annotations

HARMLESS_ERROR_TYPES: frozenset[str] = frozenset(
    {
        # The browser delays a notification by a frame: https://www.w3.org/TR/resize-observer-1/#deliver-resize-error
        "ResizeObserverLoop",
        # The page aborted a request itself, or was left during it: https://dom.spec.whatwg.org/#abortcontroller-api-integration
        "AbortError",
        # Thrown by a browser extension, not by the page.
        "ExtensionError",
        # "Script error.": the browser hides errors of scripts from another origin
        # (https://html.spec.whatwg.org/multipage/webappapis.html#muted-errors).
        "ScriptError",
        # Messages of the browser about the page's code (https://wicg.github.io/deprecation-reporting/): nothing failed.
        "deprecation",
        "intervention",
    }
)

# The browsers' messages for the same errors, as sent by clients that don't use our types.
_RESIZE_OBSERVER = "ResizeObserver loop"
_HIDDEN = frozenset({"Script error.", "Script error"})


def name_error_type(error_type: str, message: str) -> str:
    """The type of an error: its own, or the harmless one that its message shows."""
    if message.startswith(_RESIZE_OBSERVER):
        return "ResizeObserverLoop"
    return "ScriptError" if message in _HIDDEN else error_type
