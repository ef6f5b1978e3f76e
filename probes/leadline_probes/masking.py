"""Secrets leave no trace: every form in which a value may have been written down is replaced.

A trace is JSON of JSON, HTML snapshots, URLs and request bodies; a password therefore also appears escaped, quoted and
in base64. Masking is by search in bytes, so it needs to know nothing of the formats.
"""

from __future__ import annotations

import base64
import html
import json
import os
import re
import zipfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, quote_plus

MASK = "•••"

# As Playwright lays out a trace.
_PICTURES = "screencast/"
_PICTURE = b'{"type":"screencast-frame"'
_SNAPSHOT = b'{"type":"frame-snapshot"'


class Mask:
    """Replaces the given secrets in texts, bytes and zip files."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = sorted({form for value in values for form in forms_of(value)}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, forms))) if forms else None
        self._bytes = re.compile(b"|".join(re.escape(form.encode()) for form in forms)) if forms else None

    def text(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._pattern else text

    def raw(self, content: bytes) -> bytes:
        return self._bytes.sub(MASK.encode(), content) if self._bytes else content

    def zip(self, path: Path) -> None:
        """Rewrite every entry of a trace, names included; atomically. A picture can't be masked: where a page held a
        secret, the pictures are left out."""
        if self._bytes is None:
            return
        masked = path.with_suffix(".masked")
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(masked, "w", zipfile.ZIP_DEFLATED) as new:
            is_shown = any(self._is_shown(old.read(entry)) for entry in old.infolist() if _is_course(entry))
            for entry in old.infolist():
                if is_shown and entry.filename.startswith(_PICTURES):
                    continue
                content = self.raw(old.read(entry))
                new.writestr(self.text(entry.filename), _without_pictures(content) if is_shown else content)
        os.replace(masked, path)

    def _is_shown(self, course: bytes) -> bool:
        """Whether a page of this trace held a secret, in its text or in a field."""
        pattern = self._bytes
        return pattern is not None and any(
            pattern.search(line) for line in course.splitlines() if line.startswith(_SNAPSHOT)
        )


def _is_course(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.endswith(".trace")


def _without_pictures(content: bytes) -> bytes:
    if _PICTURE not in content:
        return content
    return b"".join(line for line in content.splitlines(keepends=True) if not line.startswith(_PICTURE))


@lru_cache(maxsize=16)
def mask_of(values: tuple[str, ...]) -> Mask:
    """A mask of these; cached, because every step asks for it."""
    return Mask(values)


def forms_of(value: str) -> set[str]:
    """`value` as it is, JSON-escaped (once and twice), HTML-escaped, URL-encoded, inside base64, as Python shows it."""
    forms = {value}
    for is_ascii in (True, False):
        once = json.dumps(value, ensure_ascii=is_ascii)[1:-1]
        forms |= {once, json.dumps(once, ensure_ascii=is_ascii)[1:-1]}
    for quotes in (True, False):
        forms.add(html.escape(value, quote=quotes))
    forms |= {html.escape(value).replace("&#x27;", "&#39;"), value.replace("&", "&amp;").replace('"', "&quot;")}
    for encoded in (quote(value), quote(value, safe=""), quote_plus(value), quote(value, safe="!*'()")):
        forms |= {encoded, re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)}
    forms |= {json.dumps(form)[1:-1] for form in list(forms)}
    forms |= {repr(value)[1:-1], repr(value.encode())[2:-1]}  # as a Python traceback or print shows them
    for raw in {value.encode(), value.encode("utf-16-le")}:
        for encoded in _inside_base64(raw):
            forms |= {encoded, encoded.replace("+", "-").replace("/", "_"), quote(encoded, safe="")}
    return {form for form in forms if len(form) >= 3}


def _inside_base64(raw: bytes) -> set[str]:
    """What base64 makes of `raw` at each of the three places where it may begin, without the shared edges."""
    found = set()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")
        first = -(-offset * 8 // 6)
        last = (offset + len(raw)) * 8 // 6
        if last - first >= 4:
            found.add(encoded[first:last])
    return found
