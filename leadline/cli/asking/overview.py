"""What runs on this home, which incidents are open, and the last result of everything. Starts no service."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from leadline.cli.asking.ledger import list_incidents, list_last_results, reading_records
from leadline.cli.supervisor.readiness import ask_ready, ask_store_status
from leadline.clock import now
from leadline.locks import is_held, read_holder
from leadline.settings import Settings
from leadline.settings.addresses import base_url
from leadline.storeclient import announced_socket

Row = dict[str, Any]
READY, NOT_RUNNING, NOT_READY = "ready", "not running", "not ready"
NOT_IN_FORCE = "not in force"
# A scheduler ticks every second; after ten seconds without a tick its loop hangs.
SILENT_AFTER = timedelta(seconds=10)


def list_overview(settings: Settings) -> list[Row]:
    """Services first, then open incidents, what is silenced, journeys and checks."""
    return [*_services(settings), *_open_incidents(settings), *_silences(settings), *_monitors(settings)]


def is_well(rows: list[Row]) -> bool:
    """The four services are ready, no incident is open, and the saved configuration is in force."""
    services = [row for row in rows if row["what"] == "service" and row["name"] != "up"]
    return all(row["state"] == READY for row in services) and not any(
        row["what"] == "incident" or row["state"] == NOT_IN_FORCE for row in rows
    )


def _services(settings: Settings) -> Iterator[Row]:
    up = settings.paths.run / "up.lock"
    holder = read_holder(up) if is_held(up) else None
    detail = f"pid {holder.pid} since {holder.since} with {holder.file}" if holder else None
    yield {"what": "service", "name": "up", "state": "running" if holder else NOT_RUNNING, "detail": detail}
    for name, listen in (("collector", settings.collector.listen), ("web", settings.web.listen)):
        answer = asyncio.run(ask_ready(listen))
        runs = (answer is not None and "status" in answer.said) or (
            name == "web" and is_held(settings.paths.run / "web.lock")
        )
        state = READY if answer is not None and answer.is_ready else NOT_READY if runs else NOT_RUNNING
        facts = [base_url(listen), *(_troubles(answer.said) if answer is not None else ())]
        yield {"what": "service", "name": name, "state": state, "detail": ", ".join(facts)}
    yield from _scheduler(settings)
    yield _store(settings)


def _store(settings: Settings) -> Row:
    row: Row = {"what": "service", "name": "store", "state": NOT_RUNNING}
    if not is_held(settings.paths.run / "store.lock"):
        return row
    answer = asyncio.run(ask_store_status(announced_socket(settings.paths.run)))
    if answer is None or not answer.is_ready:
        return row | {"state": NOT_READY}
    said = answer.said
    facts = ["" if said.get("is_caught_up") else "loading", str(said.get("trouble") or "")]
    if quarantined := said.get("quarantined"):
        facts.append(f"{quarantined} records of the beacon log could not be read: SELECT * FROM load_reports")
    return row | {"state": READY, "detail": ", ".join(filter(None, facts)) or None}


def _troubles(said: dict[str, Any]) -> Iterator[str]:
    """Problems that collector and web report about themselves."""
    yield from map(str, said.get("problems", ()))
    if "settings" in said:
        yield str(said["settings"])


def _scheduler(settings: Settings) -> Iterator[Row]:
    from leadline_scheduler.state import read_state

    row: Row = {"what": "service", "name": "scheduler", "state": NOT_RUNNING}
    said = read_state(settings.paths.run / "scheduler.json")
    if not is_held(settings.paths.run / "scheduler.lock") or said is None:
        yield row
        return
    facts = [f"{len(said.monitors)} monitors", f"{said.running} running"]
    if said.oldest_unsent_at is not None:
        facts.append(f"a page waits since {said.oldest_unsent_at:%H:%M:%S}Z")
    if said.worker_faults:
        facts.append(f"{said.worker_faults} worker faults")
    if said.heartbeat is not None and said.heartbeat.withheld:
        facts.append(f"heartbeat withheld: {said.heartbeat.withheld}")
    state: str = said.state
    if said.state == "running":
        state = READY
        if (silent := find_silence(settings)) is not None:
            state = NOT_READY
            facts.insert(0, f"hangs: it has not ticked since {silent:%H:%M:%S}Z")
        if said.unwritten is not None:
            state = NOT_READY
            facts.insert(0, said.unwritten)
    yield row | {"state": state, "since": said.started_at, "detail": ", ".join(facts)}
    if said.problem is not None:
        yield {
            "what": "saved file",
            "name": settings.file.name,
            "state": NOT_IN_FORCE,
            "since": said.configured_at,
            "detail": said.problem,
        }


def find_silence(settings: Settings) -> datetime | None:
    """The scheduler's last tick, if it runs and that is too long ago: then newer findings are missing."""
    from leadline_scheduler.state import read_state

    said = read_state(settings.paths.run / "scheduler.json")
    if said is None or said.state != "running" or not is_held(settings.paths.run / "scheduler.lock"):
        return None
    return said.last_tick_at if now() - said.last_tick_at > SILENT_AFTER else None


def _open_incidents(settings: Settings) -> Iterator[Row]:
    for incident in list_incidents(settings, state=None, app=None, limit=1000):
        if incident["resolved_at"] is None:
            yield {
                "what": "incident",
                "name": incident["title"],
                "app": incident["app"],
                "cohort": incident["failing"],
                "state": incident["state"],
                "since": incident["since"],
                "detail": f"leadline ack {incident['incident_id']}"
                if incident["acknowledged_by"] is None
                else f"{incident['acknowledged_by']} is on it",
            }


def _silences(settings: Settings) -> Iterator[Row]:
    """What mutes pages now: silences by people, maintenance windows, quiet hours."""
    with reading_records(settings) as records:
        for one in [] if records is None else records.silences(now()):
            yield {
                "what": "silence",
                "name": one.muted,
                "app": one.app,
                "state": "in force",
                "since": one.starts_at,
                "detail": f"until {one.ends_at:%Y-%m-%d %H:%M}Z by {one.created_by}: {one.reason}",
            }


def _maintenance(reason: str | None, until: datetime | None) -> Row:
    return {} if until is None else {"state": "maintenance", "detail": f"{reason} until {until:%Y-%m-%d %H:%M}Z"}


def _monitors(settings: Settings) -> Iterator[Row]:
    from leadline_scheduler.state import read_state

    state = read_state(settings.paths.run / "scheduler.json")
    runs = is_held(settings.paths.run / "scheduler.lock")
    planned = {
        (said.monitor, said.name, said.app, said.cohort, said.location): said
        for said in (state.monitors if state is not None and runs else ())
    }
    last = {
        (row["monitor"], row["name"], row["app"], row["cohort"], row["location"]): row
        for row in list_last_results(settings)
    }
    for key in planned or last:
        monitor, name, app, cohort, _ = key
        result = last.get(key)
        yield {
            "what": monitor,
            "name": name,
            "app": app,
            "cohort": cohort,
            "state": result["status"] if result else "no result yet",
            "since": result["finished_at"] if result else None,
            "next_run_at": planned[key].next_run_at if key in planned else None,
            **(_maintenance(planned[key].maintenance, planned[key].maintenance_until) if key in planned else {}),
        }
