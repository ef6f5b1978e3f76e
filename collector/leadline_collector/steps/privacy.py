"""Step 5: what must never touch the disk is cut. The sender's address becomes its network when it is appended."""

from __future__ import annotations

from collections.abc import Container

from leadline.wire import Beacon, Dropped
from leadline_collector.arrival import Arrival
from leadline_collector.cleaning import clean_text, clean_url

# Addresses, selectors and tags repeat; looking one up costs a fiftieth of cleaning it. In memory only.
REMEMBERED_TEXTS = 8192
LONGEST_REMEMBERED = 256
_known: dict[str, str] = {}


def clean(arrival: Arrival) -> Dropped | None:
    """Cleans every free text of the beacon, in place. Drops nothing."""
    beacon = arrival.beacon
    allow = arrival.app.query_allow if arrival.app is not None else ()
    if beacon.url is not None:
        beacon.url = _clean_address(beacon.url, allow)
    if beacon.route is not None:
        beacon.route = _clean_address(beacon.route, ())
    if beacon.referrer_origin is not None:
        beacon.referrer_origin = origin_of(beacon.referrer_origin)
    if beacon.vitals is not None and beacon.vitals.attribution is not None:
        _clean_values(beacon.vitals.attribution)
    if beacon.attributes is not None:
        _clean_values(beacon.attributes)
    if beacon.errors is not None or beacon.events is not None or beacon.requests is not None:
        _clean_sections(beacon)
    return None


def _clean_sections(beacon: Beacon) -> None:
    for error in beacon.errors or ():
        error.message = _clean_once(error.message)
        error.error_type = _clean_once(error.error_type)
        if error.stack is not None:
            error.stack = clean_text(error.stack)
        if error.source is not None:
            error.source = _clean_address(error.source, ())
    for event in beacon.events or ():
        event.name = _clean_once(event.name)
        if event.attributes is not None:
            _clean_values(event.attributes)
    for request in beacon.requests or ():
        request.route = _clean_address(request.route, ())


def origin_of(address: str) -> str:
    """Scheme, host and port; nothing of the path."""
    scheme, mark, rest = address.partition("://")
    if not mark:
        return ""
    host = rest.partition("/")[0].partition("?")[0].partition("#")[0]
    return f"{scheme}://{host.rpartition('@')[2]}"


def _clean_address(address: str, allow: Container[str]) -> str:
    if allow and "?" in address:
        return clean_url(address, allow)
    base = address.partition("?")[0] if "?" in address else address
    known = _known.get(base)
    return _remember(base, clean_url(base)) if known is None else known


def _clean_values(attributes: dict[str, str | float | bool] | dict[str, str | float]) -> None:
    for name, attribute in attributes.items():
        if isinstance(attribute, str):
            attributes[name] = _clean_once(attribute)


def _clean_once(text: str) -> str:
    known = _known.get(text)
    return _remember(text, clean_text(text)) if known is None else known


def _remember(text: str, cleaned: str) -> str:
    if len(text) <= LONGEST_REMEMBERED:
        if len(_known) >= REMEMBERED_TEXTS:
            _known.clear()
        _known[text] = cleaned
    return cleaned
