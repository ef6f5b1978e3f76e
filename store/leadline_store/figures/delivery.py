"""DORA's four keys of one app, from its deployments, its incidents and its verdicts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, timedelta

from leadline.analysis.dora import HOW, Deployed, Failure, measure_delivery
from leadline.store import Store, ask
from leadline.storeclient.delivery import DeliveryAnswer, DeliveryAsked
from leadline_store.figures.scope import as_rows

__all__ = ["measure"]

# A deployment at the window's end may still be blamed for what follows it.
_BLAME = timedelta(days=1)


def measure(store: Store, asked: DeliveryAsked) -> DeliveryAnswer:
    """The four figures over [`since`, `until`)."""
    span = {"app": asked.app, "since": asked.since.astimezone(UTC).replace(tzinfo=None)}
    until = asked.until.astimezone(UTC).replace(tzinfo=None)
    deployments = [Deployed(**row) for row in as_rows(ask(store, "delivery_deployments", **span, until=until))]
    failures = [Failure(**row) for row in as_rows(ask(store, "delivery_failures", **span, until=until + _BLAME))]
    figures = measure_delivery(deployments, failures, since=asked.since, until=asked.until)
    return DeliveryAnswer(app=asked.app, since=asked.since, until=asked.until, how=HOW, **asdict(figures))
