"""Runs on request: `leadline trigger`, the API, a marked deployment.

They come in addition to the slots, and are judged like them.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from leadline.settings.run_requests import take_requests
from leadline_scheduler.clockwork import Clockwork
from leadline_scheduler.monitors import fits
from leadline_scheduler.state import Overview

log = logging.getLogger(__name__)


def run_what_is_asked_for(run_folder: Path, overview: Overview, clockwork: Clockwork, *, now: datetime) -> None:
    """Fires the monitors that match each waiting request, once; a running monitor is not started twice."""
    known = [seen.monitor for seen in overview.seen.values()]
    for request in take_requests(run_folder, now=now):
        fitting = [monitor for monitor in known if fits(request, monitor)]
        for monitor in fitting:
            clockwork.run_now(monitor.key)
        log.info("%d runs were requested: %s", len(fitting), request.reason)
