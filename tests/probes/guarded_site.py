"""A site that asks for a user and a password, by Basic or by Digest, and has a service worker."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

from aiohttp import web

USER, PASSWORD = "sta ge", "hunter:2@ü/?-secret"
_CHALLENGES = {
    "basic": {"WWW-Authenticate": 'Basic realm="stage", charset="UTF-8"'},
    "digest": {"WWW-Authenticate": 'Digest realm="stage", qop="auth", nonce="abc", algorithm=MD5'},
    "silent": {},
}
_HOME = """<!doctype html><html><head><title>Stage</title><script src=/shop.js></script></head><body><h1>Stage</h1>
<p id=api></p><p id=worker></p><a href=/popup target=_blank>popup</a><script>
fetch('/api').then(answer => answer.text()).then(text => api.textContent = text);
navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)
  .then(() => worker.textContent = 'ready', error => worker.textContent = String(error));
</script></body></html>"""
_WORKER = """self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', event => event.waitUntil(clients.claim()));
self.addEventListener('fetch', () => {});"""


@dataclass
class GuardedSite:
    """`url` has no password in it, `open_url` has."""

    scheme: str
    port: int = 0
    # path, whether it was let in, its headers with small names
    seen: list[tuple[str, bool, dict[str, str]]] = field(default_factory=list)
    # what everybody may see
    public: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open_url(self, *, user: str = USER, password: str = PASSWORD, path: str = "") -> str:
        return f"http://{quote(user, safe='')}:{quote(password, safe='')}@127.0.0.1:{self.port}{path}"

    async def answer(self, request: web.Request) -> web.Response:
        is_known = self._knows(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append((request.path, is_known, headers))
        if not is_known and request.path not in self.public:
            return web.Response(status=401, text="<h1>Who are you?</h1>", headers=_CHALLENGES[self.scheme])
        version = {"X-App-Version": "1.5.0"}
        match request.path:
            case "/sw.js":
                return web.Response(text=_WORKER, content_type="text/javascript")
            case "/shop.js":
                return web.Response(text="document.documentElement.dataset.shop = 1", content_type="text/javascript")
            case "/api":
                return web.Response(text="fine", headers=version)
            case "/boom":
                return web.Response(status=500, text="<h1>Oops</h1>", content_type="text/html")
        return web.Response(text=_HOME, content_type="text/html", headers=version)

    def _knows(self, request: web.Request) -> bool:
        sent = request.headers.get("Authorization", "")
        if self.scheme != "digest":
            return sent == "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        said = dict(re.findall(r'(\w+)="?([^",]+)"?', sent))
        if not sent.startswith("Digest "):
            return False
        # https://www.rfc-editor.org/rfc/rfc7616#section-3.4.1
        own, asked = _md5(f"{USER}:stage:{PASSWORD}"), _md5(f"{request.method}:{said['uri']}")
        return said["response"] == _md5(f"{own}:{said['nonce']}:{said['nc']}:{said['cnonce']}:{said['qop']}:{asked}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@asynccontextmanager
async def open_guarded_site(scheme: str = "basic") -> AsyncIterator[GuardedSite]:
    """`scheme`: basic, digest, or silent for a 401 that does not say what it wants."""
    site = GuardedSite(scheme)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.port = runner.addresses[0][1]
    try:
        yield site
    finally:
        await runner.cleanup()
