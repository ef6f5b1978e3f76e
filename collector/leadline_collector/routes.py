"""Everything that is not the hot path: scripts, browser reports, health, numbers, and the OpenAPI page.

The beacon route is described here and served by `front.py`; the description is made from the schema that decodes it.
"""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from leadline.clock import now, now_ms
from leadline.serving.problems import install_problems, problem_response
from leadline.wire import DropReason
from leadline.wire.problems import ProblemType
from leadline.wire.snippet import EMPTY_SCRIPT
from leadline_collector.adapters import ADAPTERS, Adapter
from leadline_collector.admission.callers import is_forwarded, is_on_this_machine
from leadline_collector.collector import Collector
from leadline_collector.counting.drops import list_drops
from leadline_collector.counting.metrics import write_metrics
from leadline_collector.counting.recent_traffic import list_arrivals, owner_of_fetch
from leadline_collector.description import describe
from leadline_collector.intake.answers import Answer, answer_preflight
from leadline_collector.intake.foreign_formats import take_translated
from leadline_collector.scripts.builds import LONG_LIVED, SHORT_LIVED
from leadline_collector.scripts.negotiation import has_already

_SCRIPT_HEADERS = {
    "Access-Control-Allow-Origin": "*",  # a tag with `integrity` is a CORS request
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Timing-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}
# Scripts that a page includes; the others come after one of these.
COUNTED_SCRIPTS = {"b", "b-vitals"}


def create_app(collector: Collector) -> FastAPI:
    """The FastAPI app behind the front."""
    app = FastAPIOffline(title="Leadline collector", version="1", redoc_url=None, redirect_slashes=False)
    _add_scripts(app, collector)
    _add_operations(app, collector)
    _add_other_methods(app)
    install_problems(app)
    for adapter in ADAPTERS:
        _add_adapter(app, collector, adapter)
    describe(app)
    return app


def _add_scripts(app: FastAPI, collector: Collector) -> None:
    methods = ["GET", "HEAD"]

    @app.api_route("/b.js", methods=methods, summary="The script; short-lived")
    async def stable(request: Request, key: str = "") -> Response:
        _count(request)
        return _empty(key) or _script(request, "b.js", SHORT_LIVED)

    @app.api_route("/{name}.js", methods=methods, summary="The script under its hash; never changes")
    async def hashed(request: Request, name: str, key: str = "") -> Response:
        is_hashed = name.count(".") == 1
        if name.partition(".")[0] in COUNTED_SCRIPTS:
            _count(request)
        return _empty(key) or _script(request, f"{name}.js", LONG_LIVED if is_hashed else SHORT_LIVED)

    def _empty(key: str) -> Response | None:
        """For a tag that names a revoked key, or one of an app that is off. Short-lived: that may change."""
        owner = collector.policy.app_of(key) if key else None
        if owner is None or (owner.is_on and key not in collector.policy.revoked):
            return None
        reason = DropReason.APP_OFF if not owner.is_on else DropReason.KEY_REVOKED
        headers = {**_SCRIPT_HEADERS, "Cache-Control": SHORT_LIVED, "Leadline-Dropped": reason}
        return Response(EMPTY_SCRIPT, media_type="text/javascript", headers=headers)

    def _count(request: Request) -> None:
        if request.method == "GET":
            collector.counts.fetch_script(owner_of_fetch(collector.policy, request), now_ms())

    def _script(request: Request, name: str, caching: str) -> Response:
        built = collector.script.find(name)
        if built is None:
            detail = "no build kept here has a script of that name" if collector.script.find("b.js") else "make beacon"
            return problem_response(ProblemType.NO_SCRIPT, detail)
        headers = {**_SCRIPT_HEADERS, "Cache-Control": caching, "ETag": built.etag}
        if has_already(request.headers.get("if-none-match", ""), built.etag):
            return Response(status_code=304, headers=headers)
        body, encoding = built.pick(request.headers.get("accept-encoding", ""))
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(body, media_type="text/javascript", headers=headers)


def _add_operations(app: FastAPI, collector: Collector) -> None:
    # HEAD too: that is what many uptime services ask.
    @app.api_route("/healthz", methods=["GET", "HEAD"], summary="The process answers")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    ready = "Beacons are taken: the log can be written and the disk is above its floor"

    @app.api_route("/readyz", methods=["GET", "HEAD"], summary=ready)
    async def readyz() -> JSONResponse:
        problems = collector.problems()
        told: dict[str, Any] = {"status": "not ready" if problems else "ready", "problems": problems}
        if collector.watch.problem:
            told["settings"] = "leadline.toml as it stands can't be used; the old settings are in force"
        elif collector.watch.notices:
            told["settings"] = "; ".join(collector.watch.notices)
        return JSONResponse(told, 503 if problems else 200)

    @app.get("/metrics", summary="Prometheus text; not for callers whose request was forwarded")
    async def metrics(request: Request) -> Response:
        if is_forwarded(request):  # the web server's line for beacons forwards here as well
            return problem_response(ProblemType.ASK_DIRECTLY)
        text = await asyncio.to_thread(write_metrics, collector)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get(
        "/v1/drops", summary="What was dropped and why, with one redacted sample each; for callers on this machine"
    )
    async def drops(request: Request) -> Response:
        if not is_on_this_machine(request, collector.settings.collector.listen):
            return problem_response(ProblemType.LOCAL_ONLY)
        return JSONResponse(list_drops(collector.shared.gather(collector.counts), now=now()))

    @app.get("/v1/arrivals", summary="What came from each app's pages and when; for callers on this machine")
    async def arrivals(request: Request, app: str | None = None) -> Response:
        if not is_on_this_machine(request, collector.settings.collector.listen):
            return problem_response(ProblemType.LOCAL_ONLY)
        gathered = collector.shared.gather(collector.counts)
        return JSONResponse(list_arrivals(gathered, collector.policy, app=app, now=now()))


def _add_adapter(app: FastAPI, collector: Collector, adapter: Adapter) -> None:
    async def take(request: Request) -> Response:
        return _as_response(await take_translated(collector, adapter, request))

    async def preflight(request: Request) -> Response:
        return _as_response(answer_preflight(request.scope))

    for path in adapter.paths:
        app.add_api_route(path, take, methods=list(adapter.methods), summary=adapter.summary)
        app.add_api_route(path, preflight, methods=["OPTIONS"], include_in_schema=False)


def _as_response(answer: Answer) -> Response:
    response = Response(answer.body["body"], answer.status_code)
    response.raw_headers = list(answer.start["headers"])
    return response


def _add_other_methods(app: FastAPI) -> None:
    @app.api_route("/v1/b", methods=["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE"], include_in_schema=False)
    @app.api_route("/v1/beacon", methods=["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE"], include_in_schema=False)
    async def only_post() -> Response:
        """Never called: the front handles POST and OPTIONS before."""
        raise HTTPException(405, headers={"Allow": "POST, OPTIONS"})
