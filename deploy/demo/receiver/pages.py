"""What arrived, in memory and in order. Anything but a JSON object is refused."""

from __future__ import annotations

import base64
import binascii
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# A demo left running with a fault on pages once; a thousand is far beyond what anybody reads here.
MOST_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    mimetype: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ReceivedPage:
    """One page as it arrived. `fields` is what else the body said (incident, transition, idempotency key)."""

    number: int
    received_at: datetime
    title: str
    body: str
    kind: str
    fields: dict[str, Any]
    attachments: tuple[Attachment, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "received_at": self.received_at.isoformat(),
            "title": self.title,
            "body": self.body,
            "type": self.kind,
            "fields": self.fields,
            "attachments": [
                {"filename": each.filename, "mimetype": each.mimetype, "bytes": len(each.content)}
                for each in self.attachments
            ],
        }


class ReceivedPages:
    """What arrived, oldest first. Numbers start at 1 and are never used twice."""

    def __init__(self) -> None:
        self._kept: deque[ReceivedPage] = deque(maxlen=MOST_PAGES)
        self._count = 0

    def keep(self, arrived: dict[str, Any], *, now: datetime) -> ReceivedPage:
        """Apprise's body: version, title, message, attachments, type, and whatever fields the address adds."""
        self._count += 1
        known = {"version", "title", "message", "attachments", "type"}
        page = ReceivedPage(
            number=self._count,
            received_at=now,
            title=str(arrived.get("title", "")),
            body=str(arrived.get("message", "")),
            kind=str(arrived.get("type", "")),
            fields={name: value for name, value in arrived.items() if name not in known},
            attachments=tuple(_read_attachments(arrived.get("attachments"))),
        )
        self._kept.append(page)
        return page

    def all(self) -> list[ReceivedPage]:
        return list(self._kept)

    def find(self, number: int) -> ReceivedPage | None:
        return next((page for page in self._kept if page.number == number), None)


def _read_attachments(given: object) -> list[Attachment]:
    read = []
    for each in given if isinstance(given, list) else []:
        if not isinstance(each, dict):
            continue
        try:
            content = base64.b64decode(str(each.get("base64", "")), validate=True)
        except binascii.Error:
            continue
        read.append(Attachment(str(each.get("filename", "")), str(each.get("mimetype", "")), content))
    return read
