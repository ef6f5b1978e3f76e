"""The shop that both sides visit: four pages with a style, a script, a picture and a request each. Prints its port."""

from __future__ import annotations

import asyncio

from aiohttp import web

PAGE = """<!doctype html><html><head><title>{name}</title><link rel=stylesheet href=/{name}.css><script src=/{name}.js>
</script></head><body><h1>{name}</h1><label>Search <input name=q></label><button id=go>Go</button><p id=answer></p>
<ul>{items}</ul><img src=/{name}.png><script>go.onclick = async () => {{
answer.textContent = await (await fetch('/api/{name}?q=' + document.querySelector('input').value)).text(); }}</script>
</body></html>"""
ITEMS = "".join(f"<li><a href='/p/{number}'>Article {number}, as good as the others</a></li>" for number in range(100))


async def answer(request: web.Request) -> web.Response:
    path = request.path
    headers = {"X-App-Version": "1.5.0"}
    if path.endswith((".css", ".js")):
        kind = "text/css" if path.endswith(".css") else "text/javascript"
        return web.Response(text="/* nothing */" * 100, content_type=kind, headers={"Cache-Control": "max-age=60"})
    if path.endswith(".png"):
        return web.Response(body=b"", content_type="image/png")
    if path.startswith("/api/"):
        return web.Response(text=f"found {request.query['q']}", headers=headers)
    name = path.strip("/") or "home"
    return web.Response(text=PAGE.format(name=name, items=ITEMS), content_type="text/html", headers=headers)


async def main() -> None:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
