"""The certificates of the sites that journeys talk to, looked at once an hour by a connection of our own.

The browser does not tell when a certificate ends without a question for each answer; this costs a run nothing.
"""

from __future__ import annotations

import asyncio
import ssl
from datetime import datetime

from leadline import clock
from leadline.model.runs import RunFinding
from leadline.model.web_origins import WebOrigin
from leadline_probes.certificates import look_at_certificate
from leadline_probes.http.connections import Timing, Way, open_connection

LOOK_EVERY_S = 3600.0
_TIMEOUT_S = 3.0
# A journey through many shops looks at the first of them.
_MOST_ORIGINS = 10


class SiteCertificates:
    """Of one worker: `find` answers from what was seen within the hour."""

    def __init__(self) -> None:
        self._tls: ssl.SSLContext | None = None
        self._seen: dict[WebOrigin, tuple[float, RunFinding | None]] = {}

    async def find(self, origins: list[WebOrigin], *, now: datetime) -> tuple[RunFinding, ...]:
        """A finding for each origin whose certificate ends soon. A site that can't be looked at has none: its run says
        what is wrong with it."""
        wanted = [origin for origin in dict.fromkeys(origins) if origin.scheme == "https"][:_MOST_ORIGINS]
        found = await asyncio.gather(*(self._of(origin, now) for origin in wanted))
        return tuple(one for one in found if one is not None)

    async def _of(self, origin: WebOrigin, now: datetime) -> RunFinding | None:
        seen_s, finding = self._seen.get(origin, (-LOOK_EVERY_S, None))
        if clock.monotonic_s() - seen_s < LOOK_EVERY_S:
            return finding
        try:
            finding = await asyncio.wait_for(self._look(origin, now), _TIMEOUT_S)
        except (OSError, TimeoutError):  # ssl.SSLError and socket.gaierror are OSErrors
            return None
        self._seen[origin] = (clock.monotonic_s(), finding)
        return finding

    async def _look(self, origin: WebOrigin, now: datetime) -> RunFinding | None:
        self._tls = self._tls or ssl.create_default_context()
        connection = await open_connection(Way(Timing()), origin, self._tls)
        try:
            return look_at_certificate(connection.certificate, origin.host, now=now)
        finally:
            connection.close()
