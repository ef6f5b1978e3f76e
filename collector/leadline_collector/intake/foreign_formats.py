"""Handles another client's request: through its adapter, then its beacons through the same steps as our own."""

from __future__ import annotations

from collections import ChainMap
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request

from leadline.settings import Settings
from leadline.wire import Dropped
from leadline_collector.adapters import Adapter, Foreign
from leadline_collector.adapters.seam import name_host
from leadline_collector.collector import Collector
from leadline_collector.intake.answers import NO_CONTENT_CORS, Answer, answer_accepted, share
from leadline_collector.intake.arrival import Arrival
from leadline_collector.intake.bodies import announced_too_large, check_type, read_body, unpack_body
from leadline_collector.intake.requests import check_rate, refuse, take_made, take_many


async def take_translated(collector: Collector, adapter: Adapter, request: Request) -> Answer:
    """One request in the adapter's format."""
    scope = dict(request.scope)
    arrival = Arrival.of_scope(collector, scope)
    body = announced_too_large(arrival.headers, collector.max_body_bytes) or await read_body(
        request.receive,  # type: ignore[arg-type]  # ASGI messages
        collector.max_body_bytes,
    )
    if body is None:
        return NO_CONTENT_CORS  # nobody is listening
    headers = arrival.headers
    arrival.client = adapter.name
    arrival.key = arrival.key or request.path_params.get("key", "")
    if isinstance(body, Dropped):
        return refuse(arrival, body, b"", close=True)
    plain = (
        check_type(headers, adapter.types)
        or check_rate(arrival)
        or unpack_body(body, headers, collector.max_decoded_bytes)
    )
    if isinstance(plain, Dropped):
        return refuse(arrival, plain, body)
    foreign = Foreign(
        body=plain,
        key=arrival.key,
        service_version=request.path_params.get("version"),
        own_hosts=_own_hosts(headers, collector.settings),
        page_hosts=_page_hosts(arrival.key, collector.settings),
        prefix=scope.get("root_path", ""),
        known_keys=ChainMap(collector.policy.apps, collector.policy.revoked),
        received_at_ms=arrival.received_at_ms,
        headers={name.decode("latin-1"): said.decode("latin-1") for name, said in headers.items()},
        path=request.path_params,
        query=request.query_params,
    )
    translated = adapter.translate(foreign)
    if isinstance(translated, list):
        answer = await take_many(arrival, translated, plain)
    else:
        answer = await take_made(arrival, translated, plain)
    if adapter.accepted is None or answer.status_code != HTTPStatus.NO_CONTENT:
        return answer
    accepted = adapter.accepted
    return share(answer_accepted(accepted.status_code, accepted.media_type, accepted.body), arrival.origin)


def _own_hosts(headers: dict[bytes, bytes], settings: Settings) -> frozenset[str]:
    said = b",".join(headers.get(name, b"") for name in (b"host", b"x-forwarded-host")).decode("latin-1")
    return frozenset(map(name_host, [*said.split(","), settings.collector.listen])) - {""}


def _page_hosts(key: str, settings: Settings) -> frozenset[str]:
    for app in settings.apps:
        if key in app.keys:
            return frozenset(name_host(urlsplit(page).netloc) for page in (app.base_url or "", *app.origins)) - {""}
    return frozenset()
