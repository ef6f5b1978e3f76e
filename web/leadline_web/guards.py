"""Access control: checks Host and Origin of every request, and bearer tokens if there are any.

Host, because a web page may point its own name at 127.0.0.1 (DNS rebinding); Origin, because a browser sends requests
on behalf of any page. Without tokens the service listens on loopback only, which service.py enforces.
"""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from leadline.serving.problems import problem_response
from leadline.settings.services import WebSettings
from leadline.wire.problems import ProblemType

Role = Literal["viewer", "operator", "admin"]
_RANK: dict[Role, int] = {"viewer": 0, "operator": 1, "admin": 2}
# For machines without a token: only "up" and "down".
_OPEN_PATHS = {"/healthz", "/readyz"}
# The link in a page is its own proof: its holder may see and act on that one incident (routes/links.py).
_SIGNED_LINK = "/i/"
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# A query changes nothing, so a viewer may POST it.
_VIEWER_POSTS = {"/v1/gate/flagger/rollback", "/v1/gate/flagger/confirm-promotion", "/v1/query"}
ANYBODY = "anybody"


class Guard:
    """ASGI middleware. Stores who asks (`asker`) in the scope's state."""

    def __init__(self, app: ASGIApp, *, web: WebSettings, in_force: Callable[[], WebSettings] | None = None) -> None:
        self._app = app
        self._in_force = in_force or (lambda: web)
        self._follow(web)

    def _follow(self, web: WebSettings) -> None:
        self._web = web
        self._tokens = [(name, one.token.encode(), one.role) for name, one in web.tokens.items()]
        self._public = urlsplit(web.public_url) if web.public_url else None
        self._hosts = {"localhost", web.listen.rpartition(":")[0].strip("[]").lower()}
        if self._public and self._public.hostname:
            self._hosts.add(self._public.hostname)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if (web := self._in_force()) is not self._web:
            self._follow(web)
        headers, path, method = Headers(scope=scope), scope["path"], scope["method"]
        host = headers.get("host", "")
        if not self._is_our_host(host):
            response = problem_response(ProblemType.HOST, f"this service is not called {host!r}")
        elif not self._is_our_origin(headers, host, method):
            response = problem_response(ProblemType.ORIGIN)
        elif path in _OPEN_PATHS or path.startswith(_SIGNED_LINK) or not self._tokens:
            scope.setdefault("state", {})["asker"] = ANYBODY
            await self._app(scope, receive, send)
            return
        else:
            known = self._who(headers)
            is_login = headers.get("authorization", "").lower().startswith("basic ")
            needed: Role = "viewer" if method in _SAFE_METHODS or path in _VIEWER_POSTS else "operator"
            if known is None:
                challenge = "Basic" if path == "/" else "Bearer"
                said = {"WWW-Authenticate": f'{challenge} realm="leadline"'}
                response = problem_response(ProblemType.TOKEN, headers=said)
            elif is_login and method not in _SAFE_METHODS:
                # 403: at a 401 the browser forgets the login, and the page could no longer read.
                refusal = "the browser's login may only look: send the token as Bearer"
                response = problem_response(ProblemType.ROLE, refusal)
            elif _RANK[known[1]] < _RANK[needed]:
                response = problem_response(
                    ProblemType.ROLE, f"this needs the role {needed}; the token has the role {known[1]}"
                )
            else:
                scope.setdefault("state", {})["asker"] = known[0]
                await self._app(scope, receive, send)
                return
        await response(scope, receive, send)

    def _is_our_host(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        if name in self._hosts:
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True  # an address can't be rebound

    def _is_our_origin(self, headers: Headers, host: str, method: str) -> bool:
        origin = headers.get("origin")
        if origin is None:
            return method in _SAFE_METHODS or headers.get("sec-fetch-site", "none") in {"none", "same-origin"}
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        if self._public and (parts.scheme, parts.netloc) == (self._public.scheme, self._public.netloc):
            return True
        return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower()

    def _who(self, headers: Headers) -> tuple[str, Role] | None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        token = given.strip().encode()
        # A browser can't send a bearer token for a typed address: it sends the token as password, for reading only.
        if scheme.lower() == "basic":
            try:
                token = b64decode(token, validate=True).partition(b":")[2]
            except (Base64Error, ValueError):
                return None
        elif scheme.lower() != "bearer":
            return None
        found = [(name, role) for name, secret, role in self._tokens if hmac.compare_digest(secret, token)]
        return found[0] if found else None
