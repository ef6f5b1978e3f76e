"""Step 5: what must never touch the disk is cut. The sender's address becomes its network when it is appended."""

from __future__ import annotations

from collections.abc import Callable, Collection

from leadline.wire import Beacon, Dropped
from leadline_collector.arrival import Arrival
from leadline_collector.cleaning import clean_parameter, clean_text, clean_url, find_parameters

# Addresses, selectors and tags repeat; looking one up costs a fiftieth of cleaning it. In memory only.
REMEMBERED_TEXTS = 8192
LONGEST_REMEMBERED = 256
_NOTHING: frozenset[str] = frozenset()


class _Remembered(dict[str, str]):
    """`remembered[text]` is the cleaned text; a new one is cleaned and, if short, kept until the memory is full."""

    def __init__(self, clean_one: Callable[[str], str]) -> None:
        super().__init__()
        self._clean_one = clean_one

    def __missing__(self, text: str) -> str:
        cleaned = self._clean_one(text)
        if len(text) <= LONGEST_REMEMBERED:
            if len(self) >= REMEMBERED_TEXTS:
                self.clear()
            self[text] = cleaned
        return cleaned


def clean(arrival: Arrival) -> Dropped | None:
    """Cleans every free text of the beacon, in place. Drops nothing."""
    beacon = arrival.beacon
    url = beacon.url
    if url is not None:
        allow = arrival.app.query_allow if arrival.app is not None else _NOTHING
        beacon.url = _clean_query(url, allow) if "?" in url else _addresses[url]
    if beacon.route is not None:
        beacon.route = _clean_address(beacon.route)
    if beacon.referrer_origin is not None:
        beacon.referrer_origin = _origins[beacon.referrer_origin]
    vitals = beacon.vitals
    if vitals is not None and vitals.attribution is not None:
        _clean_values(vitals.attribution)
    if beacon.attributes is not None:
        _clean_values(beacon.attributes)
    if beacon.requests is not None:
        for request in beacon.requests:
            request.route = _clean_address(request.route)
    if beacon.errors is not None or beacon.events is not None:
        _clean_sections(beacon)
    return None


def _clean_sections(beacon: Beacon) -> None:
    for error in beacon.errors or ():
        error.message = _texts[error.message]
        error.error_type = _texts[error.error_type]
        if error.stack is not None:
            error.stack = clean_text(error.stack)
        if error.source is not None:
            error.source = _clean_address(error.source)
    for event in beacon.events or ():
        event.name = _texts[event.name]
        if event.attributes is not None:
            _clean_values(event.attributes)


def origin_of(address: str) -> str:
    """Scheme, host and port; nothing of the path."""
    scheme, mark, rest = address.partition("://")
    if not mark:
        return ""
    host = rest.partition("/")[0].partition("?")[0].partition("#")[0]
    return f"{scheme}://{host.rpartition('@')[2]}"


_texts = _Remembered(clean_text)
_addresses = _Remembered(clean_url)
_origins = _Remembered(origin_of)
_parameters = _Remembered(clean_parameter)


def _clean_address(address: str) -> str:
    return _addresses[address.partition("?")[0] if "?" in address else address]


def _clean_query(address: str, allow: Collection[str]) -> str:
    base, _, query = address.partition("?")
    kept = find_parameters(query.partition("#")[0], allow)
    return f"{_addresses[base]}?{'&'.join([_parameters[part] for part in kept])}" if kept else _addresses[base]


def _clean_values(attributes: dict[str, str | float | bool] | dict[str, str | float]) -> None:
    for name, attribute in attributes.items():
        if isinstance(attribute, str):
            attributes[name] = _texts[attribute]
