"""Buttons for services whose API has link buttons, where Apprise can't ask for them: put into the request it makes.

Telegram: `reply_markup` with an `inline_keyboard` of `url` buttons (core.telegram.org/bots/api, InlineKeyboardMarkup).
Discord: `components`, an action row of link buttons, which a webhook shows with `?with_components=true`
(discord.com/developers/docs, Execute Webhook). Slack: `actions` of an attachment, buttons with a `url`
(api.slack.com/docs/message-attachments, "Link buttons"). Block Kit's buttons would warn in apps without an address for
interactions. Teams: `Action.OpenUrl` of the adaptive card (adaptivecards.io/explorer, AdaptiveCard). All of them open
an address and do nothing by themselves. Mattermost's buttons call a server, so it keeps links. Pure.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from leadline.incidents import PageLink

__all__ = ["Buttons", "list_buttons"]

# Telegram shows rows of up to eight, Discord and Slack at most five; three fit a phone's width.
_MOST = 3
_MOST_LABEL = 80  # Discord's limit

_TELEGRAM, _DISCORD, _SLACK = "tgram", "discord", "slack"
_TEAMS = ("workflow", "workflows")
# These check that an address is public. The others leave it to the reader's device, which may be in its network.
_CHECK_ADDRESSES = (_TELEGRAM, _DISCORD)


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
        if self._schema == _SLACK and _is_json(content_type):
            return _with_attachment(url, body, self._add_to_slack)
        if self._schema in _TEAMS and _is_json(content_type):
            return _with_attachment(url, body, self._add_to_card)
        return None

    def _add_to_slack(self, attachment: dict[str, Any]) -> bool:
        if "blocks" in attachment or "actions" in attachment:  # the two forms can't be mixed
            return False
        attachment["fallback"] = attachment.get("fallback") or attachment.get("title") or attachment.get("text") or ""
        attachment["actions"] = [{"type": "button", "text": one.label, "url": one.url} for one in self._links]
        return True

    def _add_to_card(self, attachment: dict[str, Any]) -> bool:
        card = attachment.get("content")
        if not isinstance(card, dict) or card.get("type") != "AdaptiveCard" or "actions" in card:
            return False
        card["actions"] = [{"type": "Action.OpenUrl", "title": one.label, "url": one.url} for one in self._links]
        return True


def list_buttons(schema: str, links: Sequence[PageLink]) -> Buttons | None:
    """None if the service has no buttons, or accepts none of the links: no address of a local machine."""
    if schema not in (*_CHECK_ADDRESSES, _SLACK, *_TEAMS):
        return None
    must_be_global = schema in _CHECK_ADDRESSES
    fitting = [one for one in links if _can_be_opened(one.url, must_be_global=must_be_global)][:_MOST]
    return Buttons(schema, fitting) if fitting else None


def _with_attachment(url: str, body: bytes, add: Callable[[dict[str, Any]], bool]) -> tuple[str, bytes] | None:
    """The body after `add` has changed its first attachment; None if it has none or `add` changes nothing."""
    try:
        said = json.loads(body)
    except ValueError:
        return None
    attachments = said.get("attachments") if isinstance(said, dict) else None
    first = attachments[0] if isinstance(attachments, list) and attachments else None
    return (url, json.dumps(said).encode()) if isinstance(first, dict) and add(first) else None


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


def _can_be_opened(url: str, *, must_be_global: bool) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or host == "localhost":
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." in host or (bool(host) and not must_be_global)
    return address.is_global if must_be_global else not (address.is_loopback or address.is_unspecified)
