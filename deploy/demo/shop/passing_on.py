"""What passes `/_l/` on to the collector: the one line that any web server has for it, spelt out for this one.

    nginx: location ^~ /_l/ { proxy_pass http://127.0.0.1:8081; }
    Caddy: handle /_l/* { reverse_proxy 127.0.0.1:8081 }  (on three lines)

Bodies go through as they are, byte for byte and as they come; cookies and logins of the site do not go at all.
"""

from __future__ import annotations

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, web
from multidict import CIMultiDict
from yarl import URL

PREFIX = "/_l/"
# RFC 9110, section 7.6.1, and what this server must say anew or must not tell the collector.
NOT_PASSED = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host", "cookie"}
    | {"authorization", "proxy-authorization", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "expect"}
)
# A collector that is gone must not keep a page's requests open: a beacon is small, or it is lost.
TIMEOUT = ClientTimeout(total=10, connect=2)


class Collector:
    """The collector behind this server; `close` when the server ends."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/") + "/"
        self._session: ClientSession | None = None

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        """502 where the collector does not answer: the page goes on without it."""
        address = URL(self._base_url + request.raw_path.removeprefix(PREFIX), encoded=True)
        body = request.content if request.body_exists else None
        passed: web.StreamResponse | None = None
        try:
            async with self._opened().request(
                request.method, address, headers=_headers_on(request), data=body, allow_redirects=False
            ) as answer:
                passed = web.StreamResponse(status=answer.status, reason=answer.reason)
                for name, value in answer.headers.items():
                    if name.lower() not in NOT_PASSED:
                        passed.headers.add(name, value)
                await passed.prepare(request)
                async for chunk in answer.content.iter_any():
                    await passed.write(chunk)
                await passed.write_eof()
                return passed
        except (ClientError, TimeoutError, OSError) as error:
            if passed is not None:  # half an answer went out: the connection is broken off, not continued
                raise
            return web.Response(status=502, text=f"the collector does not answer: {type(error).__name__}\n")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(limit=64),
                timeout=TIMEOUT,
                cookie_jar=DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            )
        return self._session


def _headers_on(request: web.Request) -> CIMultiDict[str]:
    named = {word.strip().lower() for word in request.headers.get("Connection", "").split(",")}
    passed: CIMultiDict[str] = CIMultiDict()
    for name, value in request.headers.items():
        if name.lower() not in NOT_PASSED | named:
            passed.add(name, value)
    before = request.headers.get("X-Forwarded-For")
    address = request.remote or "unknown"
    passed["X-Forwarded-For"] = f"{before}, {address}" if before else address
    passed["X-Forwarded-Host"] = request.host
    passed["X-Forwarded-Proto"] = request.scheme
    return passed
