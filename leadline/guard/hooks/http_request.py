"""One HTTP request to a target, with its outcome in words. Redirects are not followed, so that a secret stays here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

__all__ = ["Answered", "ask"]

# Errors that another attempt may avoid: RFC 9110 and 6585.
_PASSING = {408, 425, 429}


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
    """Never raises because of the network or the target."""
    try:
        async with httpx.AsyncClient(
            timeout=timeout_s, follow_redirects=False, trust_env=False, transport=transport
        ) as client:
            answer = await client.request(method, url, headers=dict(headers), content=content)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Answered(0, f"no answer: {type(error).__name__} {error}".strip())
    said = answer.headers.get("retry-after", "")
    return Answered(answer.status_code, answer.text[:4000], float(said) if said.isdigit() else None)
