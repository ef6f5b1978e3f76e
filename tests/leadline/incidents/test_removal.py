"""An incident of what is no longer configured is closed, and nobody is told that it works again."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from leadline.incidents import Judgement, close_removed, write_page
from leadline.model import Finding, Incident, IncidentState, TransitionKind

GOLDEN = Path(__file__).parent / "golden"
New = Callable[..., Incident]
Place = Callable[..., Finding]


def close(incident: Incident, *, planned: set[str | None], now: datetime) -> Judgement:
    return close_removed(incident, is_planned=lambda _, one: one.cohort in planned, now=now)


def test_an_incident_whose_only_cohort_is_no_longer_planned_is_resolved(incident: New, noon: datetime) -> None:
    judgement = close(incident(), planned=set(), now=noon)
    assert judgement.transition is TransitionKind.RESOLVE
    assert judgement.incident is not None
    assert judgement.incident.state is IncidentState.RESOLVED
    assert judgement.incident.resolved_at == noon
    assert [(one.cohort, one.removed_at) for one in judgement.incident.healed] == [("canary", noon)]


def test_an_incident_goes_on_for_the_cohort_that_is_still_planned(
    incident: New, failing: Place, noon: datetime
) -> None:
    both = incident(findings=(failing(), failing(cohort="baseline")))
    judgement = close(both, planned={"baseline"}, now=noon)
    assert judgement.transition is TransitionKind.CHANGE
    assert judgement.incident is not None
    assert judgement.incident.state is IncidentState.OPEN
    assert [one.cohort for one in judgement.incident.findings] == ["baseline"]


def test_what_is_planned_stays_as_it_is(incident: New, noon: datetime) -> None:
    before = incident()
    assert close(before, planned={"canary"}, now=noon) == Judgement(None, before, False)


def test_the_page_about_a_removed_monitor_does_not_say_that_it_works(incident: New, noon: datetime) -> None:
    judgement = close(incident(), planned=set(), now=noon + timedelta(minutes=4))
    assert judgement.incident is not None
    page = write_page(
        judgement.incident, TransitionKind.RESOLVE, is_combined=False, dashboard_url=None, now=noon + timedelta(hours=1)
    )
    file = GOLDEN / "resolve_removed.txt"
    text = f"{page.title}\n{'=' * len(page.title)}\n{page.body}\n"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text)
    assert text == file.read_text()
    assert len(page.title) <= 60
    assert "up again" not in text


def test_where_one_cohort_healed_and_one_was_removed_the_title_says_both(
    incident: New, failing: Place, noon: datetime
) -> None:
    healed = failing(cohort="baseline", healed_run_id="01JC", healed_at=noon)
    judgement = close(incident(healed=(healed,)), planned={"baseline"}, now=noon)
    assert judgement.incident is not None
    page = write_page(judgement.incident, TransitionKind.RESOLVE, is_combined=False, dashboard_url=None, now=noon)
    assert page.title == "UP shop checkout · up or removed"
    assert "users of baseline on version 1.5.0: run 01JA failed first, run 01JC passed" in page.body
    assert "users of canary on version 1.5.0: run 01JA failed first, removed from the configuration" in page.body
