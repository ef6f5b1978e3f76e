"""Asks the running parts what they know: Leadline by its API, the shop and the receiver by theirs. Judges nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from walking.facts import Action, Check, Incident, Notification, Page, Run, Verdict, VersionFigures
from walking.places import Places

FIGURES = (Path(__file__).parent / "figures.sql").read_text(encoding="utf-8")
TIMEOUT_S = 30.0


class Asking:
    """One HTTP client for the whole walk. httpx.HTTPError if a part does not answer or answers with an error."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._client = httpx.Client(timeout=TIMEOUT_S)

    def close(self) -> None:
        self._client.close()

    def is_ready(self, url: str) -> bool:
        try:
            return self._client.get(url).status_code == 200
        except httpx.HTTPError:
            return False

    def rows(self, sql: str) -> list[dict[str, Any]]:
        answer = self._client.post(
            f"{self._places.web_url}/v1/query", json={"sql": sql}, headers={"Accept": "application/json"}
        )
        return _read(answer)

    def runs(self, since: datetime) -> list[Run]:
        """Of the journey, ended since then, the oldest first."""
        found = self.rows(
            "SELECT run_id, cohort, status, service_version, failed_step, confirms_run_id FROM journey_runs "
            f"WHERE app = 'shop' AND status <> 'skipped' AND received_at >= {_moment(since)} ORDER BY occurred_at"
        )
        return [Run(**row) for row in found]

    def checks(self, since: datetime) -> list[Check]:
        found = self.rows(
            f"SELECT status FROM checks WHERE app = 'shop' AND status <> 'skipped' AND received_at >= {_moment(since)}"
        )
        return [Check(**row) for row in found]

    def figures(self, since: datetime, *versions: str) -> list[VersionFigures]:
        """Of real users, in the order asked; a version that nobody met has zeros."""
        found = {row["version"]: row for row in self.rows(FIGURES.format(since=_utc(since)))}
        return [VersionFigures(**found.get(version, {"version": version})) for version in versions]

    def verdicts(self, app: str) -> list[Verdict]:
        """Those that were recorded, the oldest first."""
        found = self.rows(
            "SELECT verdict_id, service_version, verdict, sentence, occurred_at FROM verdicts "
            f"WHERE app = '{app}' ORDER BY occurred_at"
        )
        return [Verdict(**row | {"occurred_at": _as_moment(row["occurred_at"])}) for row in found]

    def actions(self, app: str) -> list[Action]:
        """What hooks did, without drills, the oldest first."""
        found = _read(self._client.get(f"{self._places.web_url}/v1/actions"))
        own = [row for row in found if row["app"] == app and row["cause"] != "drill"]
        return [
            Action(
                hook=row["hook"],
                state=row["state"],
                verdict_id=row["verdict_id"],
                attempts=row["attempts"],
                requested_at=datetime.fromisoformat(row["requested_at"]),
                executed_at=_maybe_moment(row["executed_at"]),
                verified_at=_maybe_moment(row["verified_at"]),
                evidence=row["evidence"] or row["error"],
            )
            for row in reversed(own)
        ]

    def visits_since(self, since: datetime, app: str) -> dict[str, int]:
        """Visits of people that began after that, by version."""
        found = self.rows(
            "SELECT service_version, count(DISTINCT session_id)::INTEGER AS visits FROM page_views "
            f"WHERE app = '{app}' AND occurred_at > {_moment(since)} GROUP BY 1"
        )
        return {row["service_version"]: row["visits"] for row in found}

    def budget(self, app: str) -> list[dict[str, Any]]:
        return _read(self._client.get(f"{self._places.web_url}/v1/budget", params={"app": app}))

    def vitals(self) -> list[dict[str, Any]]:
        """As `leadline vitals --since 1h` shows them; the home is as old as the walk."""
        address = f"{self._places.web_url}/v1/vitals"
        return _read(self._client.get(address, params={"app": "shop", "since": "1h"}))

    def incidents(self, app: str | None = None) -> list[Incident]:
        found = _read(self._client.get(f"{self._places.web_url}/v1/incidents"))
        return [
            Incident(row["incident_id"], row["state"], row["title"], row["subject_kind"])
            for row in found
            if app in (None, row["app"])
        ]

    def notifications(self) -> list[Notification]:
        found = _read(self._client.get(f"{self._places.web_url}/v1/notifications"))
        return [
            Notification(row["transition"], row["target"], row["state"], row["incident_id"])
            for row in found
            if row["kind"] == "target"  # hooks are owed by the same outbox
        ]

    def mark_deployment(self, *, version: str, cohort: str | None = None, app: str = "shop") -> None:
        answer = self._client.post(
            f"{self._places.web_url}/v1/deployments", json={"app": app, "service_version": version, "cohort": cohort}
        )
        answer.raise_for_status()

    def pages(self, app: str | None = None) -> list[Page]:
        """What reached the on-call, the oldest first, with what was attached; `app`: about that one alone."""
        pages = self._all_pages()
        if app is None:
            return pages
        own = {incident.incident_id for incident in self.incidents(app)}
        return [page for page in pages if page.incident_id in own]

    def _all_pages(self) -> list[Page]:
        return [self._page(row) for row in _read(self._client.get(f"{self._places.receiver_url}/pages"))]

    def _page(self, row: dict[str, Any]) -> Page:
        address = f"{self._places.receiver_url}/pages/{row['number']}/attachments"
        attached = tuple(self._client.get(f"{address}/{index}").content for index in range(len(row["attachments"])))
        received_at, fields = datetime.fromisoformat(row["received_at"]), row["fields"]
        return Page(row["title"], row["body"], received_at, attached, fields["transition"], fields["incident_id"])

    def shop(self) -> dict[str, Any]:
        """Its faults, the canary's share, and what it sold."""
        found: dict[str, Any] = self._client.get(f"{self._places.shop_url}/api/faults").raise_for_status().json()
        return found

    def switch(self, **asked: Any) -> None:
        """`version`, `fault` and `on`; or `canary_share`."""
        self._client.post(f"{self._places.shop_url}/api/faults", json=asked).raise_for_status()


def _read(answer: httpx.Response) -> list[dict[str, Any]]:
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()
    return found


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _as_moment(said: str) -> datetime:
    """Times of a query's rows are UTC."""
    moment = datetime.fromisoformat(said)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _maybe_moment(said: str | None) -> datetime | None:
    return None if said is None else _as_moment(said)


def _moment(moment: datetime) -> str:
    return f"TIMESTAMP '{_utc(moment)}'"
