"""How long the certificates of a site are still valid: a warning three weeks ahead, while every run passes."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from leadline.model.runs import RunFinding

# Automatic renewal comes 30 days ahead (Let's Encrypt's advice for 90-day certificates): nine days late is a fault.
WARN_BEFORE = timedelta(days=21)
# Let's Encrypt's short-lived certificates hold for 160 hours and are renewed halfway: a third of such a life is late.
_SHORT_LIFE = timedelta(days=7)
_SHARE_OF_SHORT_LIFE = 3


def look_at_certificate(shown: Mapping[str, Any] | None, host: str, *, now: datetime) -> RunFinding | None:
    """A finding if the certificate, from `SSLObject.getpeercert`, expires soon."""
    if not shown or "notAfter" not in shown:
        return None
    ends_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    begins_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown.get("notBefore", shown["notAfter"]))), UTC)
    return find_expiry(host, begins_at=begins_at, ends_at=ends_at, now=now)


def find_expiry(host: str, *, begins_at: datetime, ends_at: datetime, now: datetime) -> RunFinding | None:
    """None while there is enough time."""
    life = ends_at - begins_at
    warn_before = life / _SHARE_OF_SHORT_LIFE if timedelta(0) < life <= _SHORT_LIFE else WARN_BEFORE
    left = ends_at - now
    if left > warn_before:
        return None
    days = max(left.days, 0)
    when = "today" if days == 0 else f"in {days} day{'' if days == 1 else 's'}"
    return RunFinding(
        kind="certificate_expires",
        subject=host,
        message=f"the certificate of {host} expires {when}, on {ends_at:%Y-%m-%d %H:%M} UTC",
    )
