"""Reads answers with a status of success: some services reject a message only in its text."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["find_refusal"]

# Answers of services have a few hundred bytes; longer ones are web pages.
_MOST_BYTES = 65_536
_MOST_SAID = 200
# Teams answers 200 where what stands behind it refused (learn.microsoft.com: "Rate limiting for connectors").
_TEAMS = "Webhook message delivery failed with error"


def find_refusal(response: Any) -> str | None:
    """The text of an answer that is a rejection in spite of its status: `{"ok": false}` (Slack, Telegram),
    `{"success": false}`, `{"errcode": 310000}` (DingTalk, WeCom), and the sentence of Teams; else None."""
    if not 200 <= response.status_code < 300 or not 0 < len(response.content) <= _MOST_BYTES:
        return None
    text: str = response.content.decode("utf-8", "replace").strip()
    if text.startswith(_TEAMS):
        return text[:_MOST_SAID]
    try:
        said = json.loads(text) if text.startswith("{") else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    code = said.get("errcode")
    is_no = said.get("ok") is False or said.get("success") is False
    return text[:_MOST_SAID] if is_no or (type(code) is int and code != 0) else None
