"""All watches for problems that no single run can show: each separate, all with one routing and one configuration.

They cover missing runs, Leadline's own health, objectives, verdicts, rollbacks, certificates, missing beacons, our
views
ours among people's, planned maintenance, and the pages that go out when the records can't be written. Refuses to run
a journey or a check itself.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path

from leadline.incidents import Routing
from leadline.model import RunResult
from leadline.records import Records
from leadline.settings.maintenance_windows import list_muting
from leadline.storeclient.asynchronous import AsyncStoreClient
from leadline_scheduler.beacon_watch import BeaconWatch
from leadline_scheduler.blindness import BlindnessWatch
from leadline_scheduler.certificate_watch import CertificateWatch
from leadline_scheduler.daily_trial import DailyTrial
from leadline_scheduler.dispatch import Send
from leadline_scheduler.emergency import Emergency
from leadline_scheduler.exposure_watch import ExposureWatch
from leadline_scheduler.incident_desk import IncidentDesk
from leadline_scheduler.isolation_watch import IsolationWatch
from leadline_scheduler.maintenance import MaintenanceKeeping
from leadline_scheduler.objective_watch import ObjectiveWatch
from leadline_scheduler.own_health import OwnHealth
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.recovery_watch import RecoveryWatch
from leadline_scheduler.reloads import Plan
from leadline_scheduler.state import Overview
from leadline_scheduler.verdict_watch import VerdictWatch


class Watches:
    """`run` lists what to run until it is cancelled; `on_transition` is called after each change of an incident."""

    def __init__(
        self,
        plan: Plan,
        *,
        routing: Routing,
        records: Records,
        thread: RecordsThread,
        store: AsyncStoreClient,
        overview: Overview,
        send: Send,
        home: Path,
        wall: Callable[[], datetime],
        steady: Callable[[], datetime],
        on_transition: Callable[[], None],
    ) -> None:
        settings = plan.settings
        self._desk = IncidentDesk(records=records, thread=thread, routing=routing, on_transition=on_transition)
        self._blindness = BlindnessWatch(desk=self._desk, overview=overview, wall=wall)
        self._maintenance = MaintenanceKeeping(
            list_muting(settings), records=records, thread=thread, wall=wall, on_change=on_transition
        )
        self._own_health = OwnHealth(
            records=records,
            thread=thread,
            desk=self._desk,
            home=home,
            min_free_bytes=settings.collector.min_free_bytes,
            steady=steady,
            wall=wall,
        )
        self._objectives = ObjectiveWatch(settings, store=store, desk=self._desk, wall=wall)
        self._certificates = CertificateWatch(self._desk, wall)
        self._verdicts = VerdictWatch(
            settings,
            store=store,
            records=records,
            thread=thread,
            routing=routing,
            wall=wall,
            on_transition=on_transition,
            objectives=lambda: self._objectives.answers,
        )
        self._exposures = ExposureWatch(
            settings, store=store, records=records, thread=thread, desk=self._desk, wall=wall
        )
        self._recoveries = RecoveryWatch(
            settings, store=store, records=records, thread=thread, wall=wall, on_transition=on_transition
        )
        self._beacons = BeaconWatch(settings, store=store, desk=self._desk, wall=wall)
        self._isolation = IsolationWatch(settings, store=store, desk=self._desk, wall=wall)
        self._daily_trial = DailyTrial(settings, records, thread, wall, on_transition)
        self._own_health.store_silent_since = lambda: self._verdicts.silent_since
        self._emergency = Emergency(
            thread=thread,
            send=send,
            targets=plan.targets,
            routing=routing,
            timeout_s=settings.notify.timeout,
            list_failing=overview.list_failing,
            wall=wall,
        )

    async def start(self) -> None:
        """Before the first run: which maintenance is on now."""
        await self._maintenance.look()

    def run(self) -> list[Coroutine[None, None, None]]:
        return [
            self._blindness.run(),
            self._maintenance.run(),
            self._own_health.run(),
            self._emergency.run(),
            self._objectives.run(),
            self._verdicts.run(),
            self._exposures.run(),
            self._recoveries.run(),
            self._beacons.run(),
            self._isolation.run(),
            self._daily_trial.run(),
        ]

    def note(self, result: RunResult) -> None:
        """A committed result may show a certificate that expires soon."""
        self._certificates.note_soon(result)

    async def follow(self, plan: Plan, routing: Routing) -> None:
        """Applies a saved configuration."""
        settings = plan.settings
        self._desk.routing = self._verdicts.routing = self._emergency.routing = routing
        self._emergency.targets = plan.targets
        self._own_health.min_free_bytes = settings.collector.min_free_bytes
        for watch in (
            self._objectives,
            self._verdicts,
            self._exposures,
            self._recoveries,
            self._beacons,
            self._isolation,
            self._daily_trial,
        ):
            watch.follow(settings)
        await self._maintenance.follow(list_muting(settings))
