"""One HTTP request to a target, with its outcome in words. Redirects are not followed, so that a secret stays here.

Of the answer's body the beginning is read, and not for longer than the limit: an answer without end is an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

import httpx

from leadline.clock import now
from leadline.wire.retry_after import read_retry_after

__all__ = ["Answered", "ask"]

# Errors that another attempt may avoid: RFC 9110 and 6585.
_PASSING = {408, 425, 429}
# More than the objects that LaunchDarkly and Unleash answer with, and no danger for memory.
_MOST_BODY = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answered:
    """`status_code` 0: no answer. `is_final`: another attempt would get the same answer."""

    status_code: int
    body: str
    retry_after_s: float | None = None

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status_code < 300

    @property
    def is_final(self) -> bool:
        return 300 <= self.status_code < 500 and self.status_code not in _PASSING

    @property
    def said(self) -> str:
        return f"HTTP {self.status_code}: {self.body[:500]}" if self.status_code else self.body


async def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes | None = None,
    timeout_s: float,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Answered:
    """Never raises because of the network or the target, and ends within `timeout_s`."""
    answered = Answered(0, f"no answer: nothing within {timeout_s:g} s")
    try:
        async with (
            asyncio.timeout(timeout_s),
            _client(timeout_s, transport) as client,
            client.stream(method, url, headers=dict(headers), content=content) as answer,
        ):
            asked_s = read_retry_after(answer.headers.get("retry-after"), now=now())
            answered = Answered(answer.status_code, "", asked_s)
            return replace(answered, body=await _read(answer))
    except TimeoutError:
        return answered
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        if answered.status_code:
            return answered
        return Answered(0, f"no answer: {type(error).__name__} {error}".strip())


def _client(timeout_s: float, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=timeout_s, follow_redirects=False, trust_env=False, transport=transport)


async def _read(answer: httpx.Response) -> str:
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) >= _MOST_BODY:
            break
    return body.decode(answer.encoding or "utf-8", "replace")
