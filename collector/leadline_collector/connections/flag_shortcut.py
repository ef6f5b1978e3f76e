"""The evaluation of flags without an ASGI task: the same answer as the ASGI way, written at once.

What has an escaped path, no body or another method goes on to `front.py`.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache

from leadline_collector.collector import Collector
from leadline_collector.connections.shortcut import BEACON_URLS, BeaconShortcut
from leadline_collector.connections.whole_request import WholeRequest
from leadline_collector.flags.ofrep import PATH, answer_whole
from leadline_collector.intake.answers import SERVER_ERROR

__all__ = ["FlagShortcut", "Shortcuts"]

_EVALUATES = b"/ofrep/v1/evaluate/"
# A key and a prefix are some dozen bytes; what strangers send must not fill the memory of paths.
LONGEST_PATH = 256
_log = logging.getLogger("leadline.collector")


class FlagShortcut:
    """Belongs to the event loop."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def take(self, request: WholeRequest) -> bool:
        path, _, query = request.url.partition(b"?")
        match = _match(path) if len(path) <= LONGEST_PATH else None
        if match is None:
            return False
        try:
            answer = answer_whole(
                self._collector, match, request.headers, query=query, peer=request.peer, body=request.body
            )
        except Exception:  # a bug, told as uvicorn tells it of an app; the parser would take it for bad HTTP
            _log.exception("an evaluation broke")
            request.answer(SERVER_ERROR)
            return True
        request.answer(answer)
        return True


class Shortcuts:
    """All that is answered past ASGI; given to the server's protocol."""

    def __init__(self, collector: Collector) -> None:
        self._take_beacon = BeaconShortcut(collector).take
        self._take_flag = FlagShortcut(collector).take

    def offers(self, url: bytes) -> bool:
        return url in BEACON_URLS or _EVALUATES in url

    def take(self, request: WholeRequest) -> bool:
        return self._take_beacon(request) if request.url in BEACON_URLS else self._take_flag(request)


@lru_cache(maxsize=1024)
def _match(path: bytes) -> re.Match[str] | None:
    """None of what the ASGI way must read: escapes, and what is no evaluation."""
    if b"%" in path or not path.isascii():
        return None
    found = PATH.fullmatch(path.rstrip(b"/").decode())
    return found if found is not None and not found["events"] else None
