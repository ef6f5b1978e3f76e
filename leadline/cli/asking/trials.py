"""Queues test pages in the records, for the running scheduler to send, and waits for the results."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from leadline.cli.asking.ledger import reading_records, who, writing_records
from leadline.clock import monotonic_s, now
from leadline.errors import ConfigurationError, ServiceUnreachable
from leadline.settings import Settings

__all__ = ["send_trial"]

LOOK_EVERY_S = 0.1
# A scheduler ticks every second; after ten seconds without a tick its loop hangs.
_SILENT_AFTER = timedelta(seconds=10)
_WAITING = ("pending", "failing")


def send_trial(settings: Settings, targets: Sequence[str], *, patience_s: float) -> list[dict[str, Any]]:
    """One row for each of `targets` (all if none is named), as of at most `patience_s` later."""
    known = list(settings.notify.targets)
    if unknown := [name for name in targets if name not in known]:
        raise ConfigurationError(
            f"no target is named {unknown[0]!r}", hint=f"[notify] targets: {', '.join(known) or 'none'}"
        )
    if not known:
        raise ConfigurationError("[notify] names no target", hint="see `leadline init`")
    with writing_records(settings) as records:
        incident_id = records.queue_trial(list(targets) or known, by=who(), now=now())
    give_up_at = monotonic_s() + patience_s
    while True:
        rows = _read(settings, incident_id)
        if all(row["state"] not in _WAITING for row in rows) or monotonic_s() > give_up_at:
            break
        if any(row["state"] == "pending" for row in rows) and not _scheduler_runs(settings):
            raise ServiceUnreachable(
                "no scheduler runs on this home: the test page is sent at its next start", hint="leadline up starts it"
            )
        time.sleep(LOOK_EVERY_S)
    return rows


def _read(settings: Settings, incident_id: str) -> list[dict[str, Any]]:
    from leadline.records.rows import notification_row

    with reading_records(settings) as records:
        found = [] if records is None else records.notifications(incident_id=incident_id)
    return [notification_row(one) for one in sorted(found, key=lambda one: one.notification_id)]


def _scheduler_runs(settings: Settings) -> bool:
    from leadline_scheduler.state import STATE_FILE, read_state

    state = read_state(settings.paths.run / STATE_FILE)
    return state is not None and now() - state.last_tick_at < _SILENT_AFTER
