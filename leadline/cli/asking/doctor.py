"""Readiness and delivery figures, from this home's store service."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from leadline.cli.asking.ledger import reading_records
from leadline.cli.asking.store import ask_store
from leadline.clock import now
from leadline.errors import ConfigurationError
from leadline.guard.drills import oldest_good_drill
from leadline.model.readiness import AppEvidence, Ladder, climb
from leadline.settings import Settings, parse_duration_s
from leadline.settings.readiness import configured_readiness, rollback_hooks
from leadline.storeclient import StoreClient, questions
from leadline.storeclient.delivery import DeliveryAnswer, DeliveryAsked
from leadline.storeclient.readiness import AppSeen, ReadinessAsked, RouteCoverage

__all__ = ["ask_delivery", "examine_apps"]


# A drill is weekly and counts for 30 days: more acts than this in between are a storm.
_MOST_ACTIONS = 1000


def examine_apps(settings: Settings, *, app: str | None) -> list[tuple[Ladder, list[RouteCoverage]]]:
    """Each app's readiness ladder, and its busiest routes. ConfigurationError for an unknown app."""
    _check(settings, app)
    at = now()
    with reading_records(settings) as records:
        acted = [] if records is None else records.actions(limit=_MOST_ACTIONS)
    found = []
    for one in settings.apps:
        if app not in (None, one.name):
            continue
        asked = ReadinessAsked(app=one.name, at=at, kpis=one.kpis, saturation=one.saturation)
        seen = ask_store(settings, partial(_ask, asked))
        fields = {name: getattr(seen, name) for name in seen.__struct_fields__ if name not in ("routes", "isolation")}
        fields |= seen.isolation.counts
        drilled_at = oldest_good_drill(acted, rollback_hooks(settings, one.name))
        fields |= configured_readiness(settings, one.name) | {"last_good_drill_at": drilled_at}
        evidence = AppEvidence(app=one.name, **fields)
        found.append((climb(evidence, now=at), seen.routes))
    return found


def _ask(asked: ReadinessAsked, client: StoreClient) -> AppSeen:
    return client.ask(questions.READINESS, asked)


def ask_delivery(settings: Settings, *, app: str | None, since: str) -> list[DeliveryAnswer]:
    """DORA's four keys of each app. ConfigurationError if `since` is not a duration."""
    _check(settings, app)
    try:
        span = timedelta(seconds=parse_duration_s(since))
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(f"--since: {error}") from error
    at = now()
    asked = [DeliveryAsked(app=one.name, since=at - span, until=at) for one in settings.apps if app in (None, one.name)]
    return ask_store(settings, lambda client: [client.ask(questions.DELIVERY, one) for one in asked])


def _check(settings: Settings, app: str | None) -> None:
    names = [one.name for one in settings.apps]
    if app is not None and app not in names:
        raise ConfigurationError(f"no app is named {app!r}", hint=f"known: {', '.join(names) or 'none'}")
