"""Incidents, notifications, deployments and silences: from web if it answers, else directly from the records.

The records can be read and written while services run, so a stuck or dead web does not prevent anybody from seeing
what is broken or from acknowledging it.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leadline.cli.asking.service import Service, find_web
from leadline.errors import ConfigurationError, ServiceUnreachable
from leadline.settings import Settings

if TYPE_CHECKING:
    from leadline.records import Records

Row = dict[str, Any]
PATIENCE_S = 2.0  # don't wait for a web that does not answer at once: the records have the same data


def list_incidents(settings: Settings, *, state: str | None, app: str | None, limit: int) -> list[Row]:
    """The newest first."""
    if (web := _answering_web(settings)) is not None:
        return web.get("/v1/incidents", {"state": state, "app": app, "limit": limit}).rows()
    from leadline.model import IncidentState
    from leadline.records.rows import incident_row

    states = None if state is None else [IncidentState(state)]
    with reading_records(settings) as records:
        found = [] if records is None else records.incidents(states=states, limit=limit)
        return [incident_row(incident) for incident in found if app in (None, incident.subject.app)]


def list_notifications(settings: Settings, *, incident_id: str | None, limit: int) -> list[Row]:
    """One row per incident, transition and target."""
    if (web := _answering_web(settings)) is not None:
        return web.get("/v1/notifications", {"incident_id": incident_id, "limit": limit}).rows()
    from leadline.records.rows import notification_row

    with reading_records(settings) as records:
        found = [] if records is None else records.notifications(incident_id=incident_id, limit=limit)
        return [notification_row(notification) for notification in found]


def list_last_results(settings: Settings) -> list[Row]:
    """The newest run of each journey and check, per cohort and location."""
    if (web := _answering_web(settings)) is not None:
        return web.get("/v1/journeys").rows()
    with reading_records(settings) as records:
        return [
            {
                "monitor": result.monitor,
                "name": result.name,
                "app": result.app,
                "cohort": result.cohort,
                "location": result.location,
                "status": result.status.value,
                "finished_at": result.finished_at,
            }
            for result in ([] if records is None else records.last_results())
        ]


def acknowledge(settings: Settings, incident_id: str) -> Row:
    """The incident after the change. ConfigurationError if no incident has that id."""
    if (web := web_that_knows_who(settings)) is not None:
        return web.post(f"/v1/incidents/{incident_id}/ack", {}).row()
    from leadline.clock import now
    from leadline.records.rows import incident_row

    with writing_records(settings) as records:
        found = records.acknowledge(incident_id, by=who(), now=now())
    if found is None:
        raise ConfigurationError(f"no incident with ID {incident_id!r}", hint="leadline incidents lists them")
    return incident_row(found)


def add_note(settings: Settings, incident_id: str, text: str) -> None:
    """ConfigurationError if no incident has that id."""
    if (web := web_that_knows_who(settings)) is not None:
        web.post(f"/v1/incidents/{incident_id}/notes", {"text": text})
        return
    from leadline.clock import new_id, now
    from leadline.records import Note

    note = Note(note_id=new_id(), incident_id=incident_id, at=now(), by=who(), text=text)
    with writing_records(settings) as records:
        if not records.add_note(note):
            raise ConfigurationError(f"no incident with ID {incident_id!r}", hint="leadline incidents lists them")


def mark_deployment(
    settings: Settings,
    *,
    app: str,
    version: str,
    cohort: str | None,
    commit: str | None,
    committed_at: datetime | None = None,
) -> Row:
    """The deployment that was recorded."""
    if (web := web_that_knows_who(settings)) is not None:
        at = None if committed_at is None else committed_at.isoformat()
        said = {"app": app, "service_version": version, "cohort": cohort, "commit": commit, "committed_at": at}
        return web.post("/v1/deployments", {name: value for name, value in said.items() if value is not None}).row()
    from leadline.clock import new_id, now
    from leadline.model import Deployment
    from leadline.records.rows import deployment_row

    _ask_for_runs(settings, app, version)
    deployment = Deployment(
        deployment_id=new_id(),
        app=app,
        environment=settings.app_named(app).environment,
        service_version=version,
        cohort=cohort,
        commit=commit,
        deployed_at=now(),
        marked_by=who(),
        committed_at=committed_at,
    )
    with writing_records(settings) as records:
        records.mark_deployment(deployment)
    return deployment_row(deployment)


def who() -> str:
    """The name of the person at the keyboard, as others will read it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "command line"


@contextmanager
def reading_records(settings: Settings) -> Iterator[Records | None]:
    """None if nothing has been recorded on this home yet."""
    if not settings.paths.records.exists():
        yield None
        return
    with writing_records(settings) as records:
        yield records


@contextmanager
def writing_records(settings: Settings) -> Iterator[Records]:
    """The records of this home, created if missing."""
    from leadline.records import Records

    settings.paths.create_folders()
    records = Records.open(settings.paths.records)
    try:
        yield records
    finally:
        records.close()


def _answering_web(settings: Settings) -> Service | None:
    try:
        return find_web(settings, wait_s=PATIENCE_S)
    except ServiceUnreachable:
        return None


def web_that_knows_who(settings: Settings) -> Service | None:
    """Web, if tokens identify who asks. Without tokens the command writes to the records, with the user's name."""
    return _answering_web(settings) if settings.web.tokens else None


def _ask_for_runs(settings: Settings, app: str, version: str) -> None:
    """Runs monitors at once, so that a break by a deployment is found before the next slot."""
    from leadline.clock import now
    from leadline.settings.run_requests import RunRequest, ask_for_runs

    ask_for_runs(settings.paths.run, RunRequest(app=app, asked_at=now(), reason=f"{app} {version} was deployed"))
