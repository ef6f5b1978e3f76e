"""One target's address may name several recipients: several `to` of a mail, topics, rooms, channels.

Each gets its own row if Apprise can send to it separately, so that a failed one is tried again alone. An
address that can't be split with certainty is left whole. Recipients that are secrets (device keys) are never named:
names are shown in the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leadline.notify.plugins import UnusableTarget, build_plugin, load_apprise, narrow, parse_fields

__all__ = ["list_recipients"]


def list_recipients(url: str) -> tuple[str, ...]:
    """The recipients of `url`, in the order of the address; () if Apprise can only send to the whole."""
    load_apprise()
    try:
        fields = parse_fields(url)
        found = _split(fields)
        if any(len(build_plugin(narrow(fields, one))) != 1 for one in found):
            return ()
    except UnusableTarget:
        return ()
    return found


def _split(fields: dict[str, Any]) -> tuple[str, ...]:
    from apprise.plugins.email.base import NotifyEmail
    from apprise.utils.parse import parse_list

    plugin = build_plugin(dict(fields))
    if isinstance(plugin, NotifyEmail):
        to = [address for _, address in plugin.targets]
        return tuple(dict.fromkeys((*to, *sorted(plugin.cc - set(to)), *sorted(plugin.bcc - set(to)))))
    given = fields.get("targets") or ()
    whole = [given] if isinstance(given, str) else [str(one) for one in given]
    if _are_secret(plugin) or fields.get("cc") or fields.get("bcc"):  # who gets a copy would get none, or several
        return ()
    single: list[str] = parse_list(whole, sort=False)  # type: ignore[no-untyped-call]  # Apprise leaves it open
    for pieces in (whole, single):
        distinct = _distinct(pieces)
        if len(distinct) == len(plugin):
            return distinct
    return ()


def _distinct(pieces: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(piece.strip() for piece in pieces if piece.strip()))


def _are_secret(plugin: Any) -> bool:
    tokens = getattr(plugin, "template_tokens", {})
    return any(token.get("private") and "targets" in (name, token.get("map_to")) for name, token in tokens.items())
