"""The answer of a piece of code, in a form to keep and compare: JSON, or the exception it raised.

It is copied at once, because the caller may change the answer. A value unknown to JSON becomes its object's fields,
else the name of its type: an address in memory would differ each time.
"""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["Answer", "take_answer", "take_exception"]


class Answer(msgspec.Struct, frozen=True):
    """`json` of what was returned, or `error_type` and `error_message` of what was raised."""

    json: bytes = b""
    error_type: str = ""
    error_message: str = ""

    @property
    def has_failed(self) -> bool:
        return self.error_type != ""


def take_answer(returned: Any) -> Answer:
    try:
        return Answer(json=_encode(returned))
    except (TypeError, ValueError, RecursionError, OverflowError):
        return Answer(json=_encode(_as_fields(returned, depth=0)))


def take_exception(error: BaseException) -> Answer:
    return Answer(error_type=type(error).__qualname__, error_message=str(error)[:1000])


def _hook(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    fields = getattr(value, "__dict__", None)
    return fields if isinstance(fields, dict) and fields else f"<{type(value).__qualname__}>"


def _as_fields(value: Any, *, depth: int) -> Any:
    """For values that the encoder rejects: keys that are not texts, circles, integers above 64 bits."""
    if depth > 20:
        return "<too deep>"
    if isinstance(value, dict):
        return {str(key): _as_fields(one, depth=depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        each = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [_as_fields(one, depth=depth + 1) for one in each]
    if value is None or isinstance(value, bool | float | str):
        return value
    if isinstance(value, int):
        return value if -(1 << 63) <= value < 1 << 63 else str(value)
    fields = getattr(value, "__dict__", None)
    return _as_fields(fields, depth=depth + 1) if isinstance(fields, dict) and fields else str(_hook(value))


_encode = msgspec.json.Encoder(enc_hook=_hook, decimal_format="string").encode
