"""Step 5: removes what must never be written to disk. The sender's address becomes its network when it is appended.

Text that is too long is cut here as well, after cleaning, because half of an address would not be recognised.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from leadline.wire import Beacon, BeaconRequest, Dropped, name_error_type
from leadline_collector.adapters.reports import REPORTED_VIEW
from leadline_collector.intake.arrival import Arrival
from leadline_collector.redaction.cards import CUT, is_card
from leadline_collector.redaction.texts import (
    clean_long,
    clean_name,
    clean_parameter,
    clean_text,
    clean_url,
    find_parameters,
    origin_of,
)

# A message (or an attribute) beyond 1,024 characters is a dump; 4,096 of a stack are some 40 frames; 2,048 is what
# every browser's address bar takes; a name as in the schema.
LONGEST_MESSAGE = 1024
LONGEST_STACK = 4096
LONGEST_URL = 2048
LONGEST_NAME = 128
# Addresses, selectors and tags repeat; looking one up costs a fiftieth of cleaning it. In memory only.
REMEMBERED_TEXTS = 8192
LONGEST_REMEMBERED = 256
LONGEST_REMEMBERED_NAMES = 1024
# The first number that can be a card's (`cards.py`).
_SMALLEST_CARD = 2e12
# W3C's, and the older one of 64 bits. Each is new, so none is remembered.
_TRACE_ID_LENGTHS = frozenset({16, 32})
# Replaces a name of which nothing is left: an empty one would count as none, and some may not be empty.
_GONE = "[cut]"
_NOTHING: frozenset[str] = frozenset()
_Names = tuple[str | None, ...]
_Values = dict[str, str | float | bool] | dict[str, str | float]


class _Remembered(dict[str, str]):
    """`remembered[text]` is the cleaned text, cut; a new one is cleaned and, if short, kept until there are many.

    `clean` has those of them that may stay as they are, which nearly all may: one look instead of a look and a write.
    """

    def __init__(self, clean_one: Callable[[str], str], longest: int, gone: str = "") -> None:
        super().__init__()
        self.clean: set[str] = set()
        self._clean_one = clean_one
        self._longest = longest
        self._gone = gone

    def __missing__(self, text: str) -> str:
        cleaned = clean_long(self._clean_one, text, self._longest)
        if text and not cleaned:
            cleaned = self._gone
        if len(text) <= LONGEST_REMEMBERED:
            if len(self) >= REMEMBERED_TEXTS:
                self.clear()
                self.clean.clear()
            self[text] = cleaned
            if cleaned == text:
                self.clean.add(text)
        return cleaned


class _RememberedNames(dict[_Names, _Names | None]):
    """`remembered[names]` is None where all of them may stay, which is nearly always; else the cleaned ones."""

    def __missing__(self, names: _Names) -> _Names | None:
        cleaned = tuple([name if name is None else _names[name] for name in names])
        changed = None if cleaned == names else cleaned
        if sum(len(name) for name in names if name is not None) <= LONGEST_REMEMBERED_NAMES:
            if len(self) >= REMEMBERED_TEXTS:
                self.clear()
            self[names] = changed
        return changed


_texts = _Remembered(clean_text, LONGEST_MESSAGE, _GONE)
_labels = _Remembered(clean_text, LONGEST_NAME, _GONE)
_names = _Remembered(clean_name, LONGEST_NAME, _GONE)
_addresses = _Remembered(clean_url, LONGEST_URL)
_origins = _Remembered(origin_of, LONGEST_URL)
_parameters = _Remembered(clean_parameter, LONGEST_URL)
_together = _RememberedNames()
_clean_texts, _clean_names, _clean_origins = _texts.clean, _names.clean, _origins.clean
_clean_addresses = _addresses.clean  # so none with a query


def clean(arrival: Arrival) -> Dropped | None:
    """Cleans every text of the beacon but its ids, in place. Drops nothing."""
    beacon = arrival.beacon
    url = beacon.url
    if url is not None and url not in _clean_addresses:
        allow = arrival.app.query_allow if arrival.app is not None else _NOTHING
        beacon.url = _clean_query(url, allow) if "?" in url else _addresses[url]
    route = beacon.route
    if route is not None and route not in _clean_addresses:
        beacon.route = _clean_address(route)
    referrer = beacon.referrer_origin
    if referrer is not None and referrer not in _clean_origins:
        beacon.referrer_origin = _origins[referrer]
    names = _together[
        beacon.service_version,
        beacon.cohort,
        beacon.navigation_type,
        beacon.effective_connection_type,
        beacon.viewport,
        beacon.sdk_name,
        beacon.sdk_version,
    ]
    if names is not None:
        _rename(beacon, names)
    if beacon.trace_id is not None:
        beacon.trace_id = _clean_trace_id(beacon.trace_id)
    vitals = beacon.vitals
    if vitals is not None and vitals.attribution is not None:
        _clean_values(vitals.attribution)
    if beacon.attributes is not None:
        reported = beacon.attributes.get(REPORTED_VIEW) if arrival.client == "reports" else None
        _clean_values(beacon.attributes)
        if reported is not None:
            beacon.attributes[REPORTED_VIEW] = reported
    if beacon.requests is not None:
        for request in beacon.requests:
            _clean_request(request)
    if beacon.errors is not None or beacon.events is not None:
        _clean_sections(beacon)
    return None


def _rename(beacon: Beacon, names: _Names) -> None:
    (
        beacon.service_version,
        beacon.cohort,
        beacon.navigation_type,
        beacon.effective_connection_type,
        beacon.viewport,
        beacon.sdk_name,
        beacon.sdk_version,
    ) = names


def _clean_request(request: BeaconRequest) -> None:
    if request.route not in _clean_addresses:
        request.route = _clean_address(request.route)
    if request.method not in _clean_names:
        request.method = _names[request.method]
    if request.server_version is not None:
        request.server_version = _names[request.server_version]
    if request.trace_id is not None:
        request.trace_id = _clean_trace_id(request.trace_id)


def _clean_trace_id(trace_id: str) -> str:
    if len(trace_id) in _TRACE_ID_LENGTHS and trace_id.isalnum() and not trace_id.isdecimal():
        return trace_id
    return clean_long(clean_name, trace_id, LONGEST_NAME)


def _clean_sections(beacon: Beacon) -> None:
    for error in beacon.errors or ():
        error.message = _texts[error.message]
        error.error_type = _labels[name_error_type(error.error_type, error.message)]
        if error.stack is not None:
            error.stack = clean_long(clean_text, error.stack, LONGEST_STACK)
        if error.source is not None:
            error.source = _clean_address(error.source)
        if error.fingerprint is not None:
            error.fingerprint = _names[error.fingerprint]
    for event in beacon.events or ():
        event.name = _labels[event.name]
        if event.value is not None and event.value >= _SMALLEST_CARD and is_card(event.value):
            event.value = None
        if event.attributes is not None:
            _clean_values(event.attributes)


def _clean_address(address: str) -> str:
    return _addresses[address.partition("?")[0] if "?" in address else address]


def _clean_query(address: str, allow: Collection[str]) -> str:
    base, _, query = address.partition("?")
    base, fragment, _ = base.partition("#")
    kept = [] if fragment else find_parameters(query.partition("#")[0], allow)
    if not kept:
        return _addresses[base]
    return f"{_addresses[base]}?{'&'.join([_parameters[part] for part in kept])}"[:LONGEST_URL]


def _clean_values(attributes: _Values) -> None:
    """Reads first, and writes only if something is new or must be removed."""
    for attribute in attributes.values():
        if attribute.__class__ is str:
            if attribute not in _clean_texts:
                break
        elif attribute >= _SMALLEST_CARD:  # type: ignore[operator]  # no str here
            break
    else:
        if attributes.keys() <= _clean_names:
            return
    _rewrite_values(attributes)


def _rewrite_values(attributes: _Values) -> None:
    for name, attribute in attributes.items():
        if isinstance(attribute, str):
            attributes[name] = _texts[attribute]
        elif attribute >= _SMALLEST_CARD and is_card(attribute):
            attributes[name] = CUT
    if not attributes.keys() <= _clean_names:
        cleaned = {_names[name]: attribute for name, attribute in attributes.items()}
        attributes.clear()
        attributes.update(cleaned)
