"""Plans from this home's store service, by the gate in leadline.toml."""

from __future__ import annotations

from datetime import timedelta

from leadline.cli.asking.store import ask_store
from leadline.cli.asking.verdicts import app_named, moment
from leadline.clock import now
from leadline.errors import ConfigurationError
from leadline.settings import Settings, gate_rules
from leadline.storeclient.questions import PLAN, PlanAnswered, PlanAsked

DAY = timedelta(days=1)


def ask_plan(
    settings: Settings, *, app: str | None, share: float, since: str | None, until: str | None, splits: int
) -> PlanAnswered:
    """Without `since`: of the day before `until`. Raises ConfigurationError for invalid options, QueryRefused if there
    was no traffic."""
    name = app_named(settings, app)
    begin, end = moment("--since", since), moment("--until", until)
    begin = (end or now()) - DAY if begin is None else begin
    if end is not None and begin >= end:
        raise ConfigurationError(f"--since {since} is not before --until {until}")
    asked = PlanAsked(
        app=name,
        rules=gate_rules(settings.gate_of(name), settings.app_named(name).kpis),
        share=share,
        since=begin,
        until=end,
        splits=splits,
    )
    return ask_store(settings, lambda client: client.ask(PLAN, asked))
