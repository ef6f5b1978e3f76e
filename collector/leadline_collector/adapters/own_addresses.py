"""Finds reports about the collector itself: a report caused by a failed beacon would fail like it and cause
the next. It judges addresses only; the adapter knows which field contains one.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

from leadline.wire.snippet import PREFIX
from leadline_collector.adapters.seam import Foreign, name_host

# Our own addresses have one parameter; a longer query belongs to another address.
MOST_FIELDS = 100
_BEACON = re.compile(r"/v1/(?:b|beacon)$")
_REPORTS = re.compile(r"/reports(?:/([^/]+)|$)")
# Every route of routes.py; tests/collector/test_reports_about_ourselves.py asks for each that OpenAPI lists.
_ROUTE = re.compile(
    r"/(?:(?:b|early)(?:[.\-][\w.\-]+)?\.js|reports(?:/.*)?|v1/(?:b|beacon|drops|arrivals)"
    r"|healthz|readyz|metrics|openapi\.json|docs(?:/.*)?|static-offline-docs/.*)"
)


def is_ours(url: str, foreign: Foreign, *, page: str) -> bool:
    """Whether `url` is the collector's; `page` is the page that the report is of, empty where it does not say.

    The collector may share its host with the site: then only our paths are ours, never the whole host.

    1. On any host, behind any prefix: `/v1/b`, `/v1/beacon`, `/reports/KEY` (with a version or not) and
       `/reports?key=KEY` where an app has that key, and each of our routes behind our usual prefix `/_l`.
    2. On the host that we were called by: each of our routes behind the prefix that this report came by.
    3. As 2 without a prefix only if the host is the collector's alone. A proxy may have taken the prefix off; the host
       is the site's where `page` is on it, or the app says so (`base_url`, `origins`).
    """
    try:
        parts = urlsplit(url)
        page_host = name_host(urlsplit(page).netloc)
        named_keys = parse_qs(parts.query, max_num_fields=MOST_FIELDS).get("key", [])
    except ValueError:
        return False
    path = unquote(parts.path).rstrip("/")
    if _is_unmistakable(path, named_keys, foreign):
        return True
    host = name_host(parts.netloc)
    if host not in foreign.own_hosts:
        return False
    if not foreign.prefix and (host == page_host or host in foreign.page_hosts):
        return False
    return _is_route_behind(foreign.prefix, path)


def _is_unmistakable(path: str, named_keys: list[str], foreign: Foreign) -> bool:
    if _BEACON.search(path) or _is_route_behind(PREFIX.rstrip("/"), path):
        return True
    for match in _REPORTS.finditer(path):
        keys = [match[1]] if match[1] else named_keys
        if any(key in foreign.known_keys for key in keys):
            return True
    return False


def _is_route_behind(prefix: str, path: str) -> bool:
    return path.startswith(prefix) and _ROUTE.fullmatch(path, len(prefix)) is not None
