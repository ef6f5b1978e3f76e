"""Encodings that a request for a script accepts, and whether it has the script: Accept-Encoding and
If-None-Match (RFC 9110 12.5.3, 13.1.2).

Pure. An invalid header is ignored: the plain script is right for everybody.
"""

from __future__ import annotations

from collections.abc import Sequence


def choose_coding(accepted: str, offered: Sequence[str]) -> str:
    """The first of `offered` that `Accept-Encoding` allows; empty for none."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = _read_weight(parameters)
    anything = weights.get("*", 0.0)
    return next((name for name in offered if weights.get(name, anything) > 0), "")


def has_already(none_match: str, etag: str) -> bool:
    """Whether `If-None-Match` names `etag`, weakly compared: a proxy that packs makes a strong one weak."""
    if none_match.strip() == "*":
        return True
    return _bare(etag) in {_bare(each) for each in none_match.split(",")}


def _bare(etag: str) -> str:
    return etag.strip().removeprefix("W/")


def _read_weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, mark, said = parameter.partition("=")
        if mark and name.strip() == "q":
            try:
                return float(said)
            except ValueError:
                return 0.0
    return 1.0
