"""Buttons for services whose API has link buttons, where Apprise can't ask for them: put into the request it makes.

Telegram: `reply_markup` with an `inline_keyboard` of `url` buttons (core.telegram.org/bots/api, InlineKeyboardMarkup).
Discord: `components`, an action row of link buttons, which a webhook shows with `?with_components=true`
(discord.com/developers/docs, Execute Webhook). Both open an address and do nothing by themselves. Slack's link buttons
warn in apps without an interactivity address, so Slack keeps links. Pure.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from leadline.incidents import PageLink

__all__ = ["Buttons", "list_buttons"]

# Telegram shows rows of up to eight, Discord one of at most five; three fit a phone's width.
_MOST = 3
_MOST_LABEL = 80  # Discord's limit

_TELEGRAM, _DISCORD = "tgram", "discord"


class Buttons:
    """Additions to the requests of one attempt at a service of that schema."""

    def __init__(self, schema: str, links: Sequence[PageLink]) -> None:
        self._schema = schema
        self._links = list(links)

    def add(self, url: str, content_type: str, body: bytes) -> tuple[str, bytes] | None:
        """The address and body with the buttons; None for a request that can't have them."""
        parts = urlsplit(url)
        if self._schema == _TELEGRAM and parts.path.rsplit("/", 1)[-1] in ("sendMessage", "sendPhoto"):
            keyboard = {"inline_keyboard": [[{"text": one.label, "url": one.url} for one in self._links]]}
            return _with_field(url, content_type, body, "reply_markup", keyboard)
        if self._schema == _DISCORD and "/webhooks/" in parts.path and _is_json(content_type):
            buttons = [{"type": 2, "style": 5, "label": one.label[:_MOST_LABEL], "url": one.url} for one in self._links]
            query = f"{parts.query}&with_components=true" if parts.query else "with_components=true"
            rows = [{"type": 1, "components": buttons}]
            return _with_field(parts._replace(query=query).geturl(), content_type, body, "components", rows)
        return None


def list_buttons(schema: str, links: Sequence[PageLink]) -> Buttons | None:
    """None if the service has no buttons, or accepts none of the links: both reject addresses of a local machine."""
    fitting = [one for one in links if _is_public(one.url)][:_MOST]
    return Buttons(schema, fitting) if fitting and schema in (_TELEGRAM, _DISCORD) else None


def _with_field(url: str, content_type: str, body: bytes, name: str, value: Any) -> tuple[str, bytes] | None:
    if _is_json(content_type):
        try:
            said = json.loads(body)
        except ValueError:
            return None
        return (url, json.dumps({**said, name: value}).encode()) if isinstance(said, dict) else None
    kind, _, boundary = content_type.partition("boundary=")
    if not kind.startswith("multipart/form-data") or not boundary:
        return None
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return url, f"{head}{json.dumps(value)}\r\n".encode() + body


def _is_json(content_type: str) -> bool:
    return content_type.startswith("application/json")


def _is_public(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or host == "localhost":
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host
