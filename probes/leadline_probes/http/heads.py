"""The head of an answer, read as leniently as browsers do, and rejected where they reject it.

Follows Chromium's net/http/http_stream_parser.cc and http_response_headers.cc. Header bytes are Latin-1
(https://fetch.spec.whatwg.org/#concept-header-value): every byte becomes one character, none is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Chromium's kMaxHeaderBufSize; Firefox takes 384 kB, curl 300 kB.
MOST_HEAD_BYTES = 256 * 1024

_END = re.compile(rb"\r?\n\r?\n")
# Chromium looks for the status line within the first bytes, and takes the name of Shoutcast servers for HTTP.
_STATUS_LINE = re.compile(rb".{0,4}?(?:HTTP(?:/(\d+)\.(\d+))?|ICY)[ \t]+(\d{3})(?!\d)", re.IGNORECASE | re.DOTALL)
# What a status line may have been cut off at, up to the last digit of its status.
_BEGINS = re.compile(
    rb"(?:H(?:T(?:T(?:P(?:/(?:\d+(?:\.(?:\d+)?)?)?)?(?:[ \t]+\d{0,3})?)?)?)?|I(?:C(?:Y(?:[ \t]+\d{0,3})?)?)?)?",
    re.IGNORECASE,
)
_LONGEST_STATUS_START = 64
# Headers of which two that differ mean that somebody may be smuggling an answer: browsers show an error page.
_MAY_NOT_DIFFER = ("content-length", "location")


class NoHttpAnswer(Exception):
    """The answer is not HTTP/1, or browsers reject it. The text says why."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers; the names in lower case, the values Latin-1, in the order in which they came."""

    status: int
    headers: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        """The first value of a header; `name` in lower case."""
        return next((value for one, value in self.headers if one == name), None)

    def get_all(self, name: str) -> list[str]:
        return [value for one, value in self.headers if one == name]

    @property
    def is_chunked(self) -> bool:
        return "chunked" in (self.get("transfer-encoding") or "").lower()

    def joined(self) -> dict[str, str]:
        """Each name once, its values joined by commas."""
        found: dict[str, str] = {}
        for name, value in self.headers:
            found[name] = f"{found[name]}, {value}" if name in found else value
        return found


def find_end(received: bytes | bytearray, start: int = 0) -> int | None:
    """Where the body begins; None while the head is incomplete. `start` is where the last search ended."""
    line = _STATUS_LINE.match(received)
    if line is None:  # empty lines may stand in front of it
        return None
    found = _END.search(received, max(start - 3, line.end()))
    return found.end() if found else None


def looks_like_http(received: bytes | bytearray) -> bool:
    """Whether this may be the beginning of an answer: False as soon as it can't, however few bytes come at once."""
    if _STATUS_LINE.match(received) is not None:
        return True
    if len(received) >= _LONGEST_STATUS_START:
        return False
    return any(_BEGINS.fullmatch(received, skipped) is not None for skipped in range(min(len(received), 4) + 1))


def read_head(raw: bytes) -> Head:
    """The head, up to and including its empty line. NoHttpAnswer if a browser would show an error page."""
    found = _STATUS_LINE.match(raw)
    if found is None:
        raise NoHttpAnswer(f"no HTTP answer: it begins with {raw[:40]!r}")
    lines = [line.rstrip(b"\r") for line in raw[found.end() :].split(b"\n")[1:]]
    headers: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and headers:  # a folded line, RFC 9112 section 5.2
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {line.strip().decode('latin-1')}".strip())
            continue
        raw_name, colon, raw_value = line.partition(b":")
        if colon and raw_name.strip():
            headers.append((raw_name.strip().lower().decode("latin-1"), raw_value.strip(b" \t").decode("latin-1")))
    head = Head(int(found[3]), tuple(headers))
    for name in _MAY_NOT_DIFFER:
        if name == "content-length" and head.is_chunked:
            continue  # the chunks say how long it is
        if len(set(head.get_all(name))) > 1:
            raise NoHttpAnswer(f"the answer has several {name.title()} headers that differ")
    return head
