"""Takes pages on POST (what a `json://` target sends), shows them on GET. Loopback only, no login."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from aiohttp import web

from leadline.clock import now
from receiver.pages import ReceivedPage, ReceivedPages

PAGES = web.AppKey("pages", ReceivedPages)
HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# A screenshot in base64 is some 200 kB; a whole desktop in 4K stays below this.
MOST_BYTES = 20 * 1024 * 1024
PICTURES = frozenset({"image/png", "image/jpeg"})

routes = web.RouteTableDef()


def make_app() -> web.Application:
    app = web.Application(client_max_size=MOST_BYTES)
    app[PAGES] = ReceivedPages()
    app.on_response_prepare.append(_add_policy)
    app.add_routes(routes)
    return app


@routes.post("/{path:.*}")
async def receive(request: web.Request) -> web.Response:
    """200 once the page is kept; 400 for anything but a JSON object."""
    try:
        arrived = await request.json()
    except ValueError:
        arrived = None
    if not isinstance(arrived, dict):
        return web.json_response({"title": "a page is a JSON object"}, status=400)
    kept = request.app[PAGES].keep(arrived, now=now())
    return web.json_response({"number": kept.number})


@routes.get("/pages")
async def list_pages(request: web.Request) -> web.Response:
    """What arrived, oldest first, without the attachments' bytes."""
    return web.json_response([page.as_json() for page in request.app[PAGES].all()])


@routes.get("/pages/{number:[0-9]{1,9}}/attachments/{index:[0-9]{1,3}}")
async def show_attachment(request: web.Request) -> web.Response:
    """A picture is shown; anything else is handed over as a file."""
    page = request.app[PAGES].find(int(request.match_info["number"]))
    index = int(request.match_info["index"])
    if page is None or index >= len(page.attachments):
        return web.Response(status=404, text="no such attachment\n")
    attachment = page.attachments[index]
    is_picture = attachment.mimetype in PICTURES
    answer = web.Response(
        body=attachment.content, content_type=attachment.mimetype if is_picture else "application/octet-stream"
    )
    if not is_picture:
        answer.headers["Content-Disposition"] = "attachment"
    return answer


@routes.get("/")
async def show(request: web.Request) -> web.Response:
    received = request.app[PAGES].all()
    pages = "\n".join(_show_page(page) for page in reversed(received))
    nothing = '<p class="nothing">Nobody was paged. Break something in the shop and wait a few seconds.</p>'
    template = Template((HERE / "received.html").read_text(encoding="utf-8"))
    return web.Response(
        text=template.substitute(pages=pages or nothing, received=len(received)), content_type="text/html"
    )


@routes.get("/{name:receiver[.](?:css|js)}")
async def static(request: web.Request) -> web.FileResponse:
    return web.FileResponse(HERE / request.match_info["name"])


@routes.get("/favicon.ico")
async def no_icon(_: web.Request) -> web.Response:
    return web.Response(status=204)


async def _add_policy(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"


def _show_page(page: ReceivedPage) -> str:
    at = page.received_at
    pictures = "".join(
        f'<a href="/pages/{page.number}/attachments/{index}"><img src="/pages/{page.number}/attachments/{index}" '
        f'alt="Screenshot attached to page {page.number}"></a>'
        for index, attachment in enumerate(page.attachments)
        if attachment.mimetype in PICTURES
    )
    return (
        f'<article class="page {escape(page.kind)}"><p class="when">Page {page.number} · '
        f'<time datetime="{at.isoformat()}">{at:%H:%M:%S} UTC</time></p><h2>{escape(page.title)}</h2>'
        f"<pre>{escape(page.body)}</pre>{pictures}</article>"
    )
