"""The answer to a connection that ends before its request was whole, as bytes for the socket (docs/problems.md)."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from leadline.wire.problems import MEDIA_TYPE, PROBLEMS, ProblemType, write_problem


def write_refusal(why: str) -> bytes:
    """Head and body; `why` is what /metrics counts it under, and the type is `urn:leadline:closed:WHY`."""
    problem = ProblemType(f"closed:{why}")
    body = write_problem(problem, reason=why)
    return (
        STATUS_LINE[PROBLEMS[problem].status_code]
        + b"access-control-allow-origin: *\r\nconnection: close\r\n"
        + f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
        + body
    )
