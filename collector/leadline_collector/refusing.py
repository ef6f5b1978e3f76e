"""What a connection is told that ends before its request could be taken: a problem too, ready for the socket.

These are no beacons; docs/drops.md tells of them beside the reasons to drop.
"""

from __future__ import annotations

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

# why -> what was wrong, where, and what to do
_REFUSALS: dict[str, tuple[str, str, str]] = {
    "not_http": ("what came is not HTTP/1.1", "request", "Send HTTP/1.1 with one Content-Length or chunks."),
    "half_sent": ("the sender closed before the request was whole", "request", "Send it again."),
    "pipeline_flood": ("too many requests before the first answer", "request", "Wait for answers."),
    "header_flood": ("more than 32 kB or 100 lines of headers", "headers", "Send fewer or shorter headers."),
    "slow_request": ("the request did not come whole within 15 s", "request", "Send it again, in one go."),
}


def write_refusal(status_code: int, why: str) -> bytes:
    """The whole answer."""
    detail, field, remedy = _REFUSALS[why]
    body = msgspec.json.encode(
        {
            "type": f"urn:leadline:closed:{why}",
            "title": why.replace("_", " "),
            "status": status_code,
            "detail": detail,
            "field": field,
            "reason": why,
            "remedy": remedy,
        }
    )
    return (
        STATUS_LINE[status_code]
        + b"access-control-allow-origin: *\r\ncontent-type: application/problem+json\r\nconnection: close\r\n"
        + b"content-length: %d\r\n\r\n" % len(body)
        + body
    )
