"""The servers that are measured, each in a process of its own on one core: the collector, and its references.

`python variants.py NAME FOLDER` serves on a free port and prints it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Response
from pydantic import BaseModel, Field

SETTINGS = """
[collector]
listen = "127.0.0.1:0"
rate_per_address = 1_000_000
log_max_bytes = 1_000_000_000_000  # nothing loads it here, and ten million beacons are more than the default
[[app]]
name = "shop"
keys = ["pk_shop"]
origins = ["https://shop.example"]
query_allow = ["utm_source"]
bots = "drop"
"""


class Vitals(BaseModel):
    lcp_ms: float | None = Field(None, ge=0, le=3_600_000)
    inp_ms: float | None = Field(None, ge=0, le=3_600_000)
    cls: float | None = Field(None, ge=0, le=1000)
    fcp_ms: float | None = Field(None, ge=0, le=3_600_000)
    ttfb_ms: float | None = Field(None, ge=0, le=3_600_000)
    attribution: dict[str, str | float] | None = None


class BeaconRequest(BaseModel):
    route: str
    at_ms: float = 0
    method: str = "GET"
    status_code: int = 0
    duration_ms: float | None = None


class Beacon(BaseModel):
    key: str
    page_view_id: str = Field(max_length=64, pattern=r"^[A-Za-z0-9_.:\-]+$")
    seq: int = 0
    session_id: str | None = Field(None, max_length=64, pattern=r"^[A-Za-z0-9_.:\-]+$")
    service_version: str | None = None
    cohort: str | None = None
    started_at: float | None = None
    sent_at: float | None = None
    url: str | None = None
    route: str | None = None
    referrer_origin: str | None = None
    navigation_type: str | None = None
    effective_connection_type: str | None = None
    device_memory_gb: float | None = None
    viewport: str | None = None
    sdk_name: str | None = None
    sdk_version: str | None = None
    attributes: dict[str, str | float | bool] | None = None
    vitals: Vitals | None = None
    requests: list[BeaconRequest] | None = None


async def empty_204(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The reference: reads the body, answers 204."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


def fastapi_app() -> Any:
    """A plain FastAPI route with a pydantic model of the same beacon. Writes nothing."""
    app = FastAPI()

    @app.post("/v1/b", status_code=204)
    async def take(_beacon: Beacon) -> Response:
        return Response(status_code=204)

    return app


def serve_plain(app: Any) -> None:
    """As lean as uvicorn gets, for the references as for the collector."""
    from leadline_collector.service import bind

    listening = bind("127.0.0.1:0")
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        access_log=False,
        log_level="error",
    )
    uvicorn.Server(config).run(sockets=[listening])


def serve_collector(folder: Path) -> None:
    """The service itself, every step on. The sender's address is forwarded, so that rates are counted too."""
    from leadline.settings import load_settings
    from leadline_collector import service

    (folder / "leadline.toml").write_text(SETTINGS)
    bind = service.bind

    def bind_and_tell(address: str) -> Any:
        listening = bind(address)
        print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
        return listening

    service.bind = bind_and_tell
    service.main(load_settings(folder / "leadline.toml"))


if __name__ == "__main__":
    name, folder = sys.argv[1], Path(sys.argv[2])
    if name == "collector":
        serve_collector(folder)
    else:
        serve_plain(empty_204 if name == "empty_204" else fastapi_app())
