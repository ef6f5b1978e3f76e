"""A shop whose canary has been open to half of its users for three hours, and visitors who go on coming.

The past is written through the real rooms before anything runs, because a release needs hours to be judged: the flag's
change and the deployments into the records, the visits into a beacon log. What happens then is the machine's doing.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any
from urllib.request import Request, urlopen

from story.world import Leadline, Receiver

from leadline import clock
from leadline.beaconlog import LogWriter
from leadline.guard.flag_desk import FlagDesk
from leadline.model import Deployment
from leadline.records import Records
from leadline.settings import configured_flags, configured_rings, load_settings
from leadline.wire import Beacon, BeaconError, BeaconEvent, LoggedBeacon, Vitals, encode_logged

PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
BASELINE, CANARY, FLAG = "1.4.2", "1.5.0", "new-checkout"
OPEN_FOR = timedelta(hours=3)
SESSIONS = 6000
# The same errors and the same speed in both versions: only who buys differs.
BUYING, ERRING = {BASELINE: 0.20, CANARY: 0.10}, 0.02
AT_ONCE = 10

CONFIGURATION = """
[collector]
listen = "127.0.0.1:{collector}"
[web]
listen = "127.0.0.1:{web}"
[[app]]
name = "shop"
keys = ["pk_shop"]
origins = ["*"]
kpis = ["bought"]
[[flag]]
key = "new-checkout"
app = "shop"
variants = {{ on = true, off = false }}
default = "off"
[[hook]]
name = "kill-new-checkout"
kind = "flag"
flag = "new-checkout"
[[gate]]
app = "shop"
armed = true
exposure = "new-checkout"
on_rollback = ["kill-new-checkout"]
stages = [{{ share = 0.5 }}, {{ share = 1.0 }}]
metrics = [{{ kpi = "bought", within = "1m" }}, {{ errors = true }}, {{ vital = "lcp_ms" }}]
[notify]
targets = {{ oncall = "{oncall}" }}
"""


def write_shop(leadline: Leadline, oncall: Receiver) -> None:
    """The configuration, and three hours in which the canary sold less."""
    text = CONFIGURATION.format(collector=leadline.collector_port, web=leadline.web_port, oncall=oncall.target)
    (leadline.folder / "leadline.toml").write_text(text)
    settings = load_settings(leadline.folder / "leadline.toml")
    settings.paths.create_folders()
    now = clock.now()
    records = Records.open(settings.paths.records)
    try:
        for version, days in ((BASELINE, 9), (CANARY, 0)):
            records.mark_deployment(
                Deployment(
                    deployment_id=clock.new_id(),
                    app="shop",
                    environment="production",
                    service_version=version,
                    cohort=None,
                    commit=None,
                    deployed_at=now - OPEN_FOR - timedelta(days=days, minutes=1),
                    marked_by="the pipeline",
                )
            )
        desk = FlagDesk(
            records,
            home=settings.paths.home,
            flags=configured_flags(settings),
            rings=configured_rings(settings),
            environments={"shop": "production"},
        )
        desk.note_configured(now - OPEN_FOR)
        desk.set(FLAG, variant="on", share=0.5, by="the release", reason="stage 50 %", at=now - OPEN_FOR)
    finally:
        records.close()
    asyncio.run(_write_log(settings.paths.beacon_log, list(_visits(now))))


def _visits(now: datetime) -> list[LoggedBeacon]:
    chance = random.Random(18)
    seconds = OPEN_FOR.total_seconds() - 60
    moments = sorted(now - timedelta(seconds=chance.uniform(30, seconds)) for _ in range(SESSIONS))
    return [_visit(number, moment, chance) for number, moment in enumerate(moments)]


def _visit(number: int, moment: datetime, chance: random.Random) -> LoggedBeacon:
    version = CANARY if chance.random() < 0.5 else BASELINE
    buys, errs = chance.random() < BUYING[version], chance.random() < ERRING
    at_ms = int(moment.timestamp() * 1000)
    return LoggedBeacon(
        app="shop",
        environment="production",
        received_at_ms=at_ms,
        user_agent=PERSON,
        network=f"198.{18 + number % 2}.{number // 2 % 250}.0/24",
        beacon=Beacon(
            key="pk_shop",
            page_view_id=f"view-{number}",
            session_id=f"session-{number}",
            service_version=version,
            started_at=at_ms - 5000,
            sent_at=at_ms,
            url="https://shop.example/checkout",
            vitals=Vitals(lcp_ms=1200 * chance.lognormvariate(0, 0.3)),
            events=[BeaconEvent(name="bought", at_ms=4000, value=42.5)] if buys else None,
            errors=[BeaconError(error_type="TypeError", message="x is undefined", at_ms=800)] if errs else None,
        ),
    )


async def _write_log(folder: Any, visits: list[LoggedBeacon]) -> None:
    writer = LogWriter(folder)
    await writer.start()
    await asyncio.gather(*(writer.append(encode_logged(one)) for one in visits))
    await writer.close()


@dataclass
class Visitors:
    """Browsers that ask for the flag, get the version that it means, and send a beacon from it.

    Every fourth buys on the baseline, so that its figure returns whatever chance does; every tenth on the canary. They
    come once a second together: each look of the store at a log that has grown costs it more than ten more visits do.
    """

    leadline: Leadline
    got: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._come, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    def _come(self) -> None:
        numbers = count(1)
        while not self._is_over.wait(1.0):
            for number in islice(numbers, AT_ONCE):
                try:
                    self._visit(f"visitor-{number}", number)
                except (OSError, ValueError) as error:
                    self.failed.append(repr(error))

    def _visit(self, who: str, number: int) -> None:
        variant = evaluate(self.leadline, who)
        buys = number % (10 if variant == "on" else 4) == 0
        self.leadline.post_beacon(
            {
                "key": "pk_shop",
                "page_view_id": f"view-{who}",
                "session_id": who,
                "service_version": CANARY if variant == "on" else BASELINE,
                "started_at": clock.now_ms() - 100,
                "sent_at": clock.now_ms(),
                "events": [{"at_ms": 50, "name": "bought"}] if buys else [],
            }
        )
        self.got.append(variant)


def evaluate(leadline: Leadline, who: str) -> str:
    """What OFREP answers this visitor."""
    request = Request(
        f"{leadline.collector_url}/ofrep/v1/evaluate/flags/{FLAG}?key=pk_shop",
        data=json.dumps({"context": {"targetingKey": who}}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["variant"])
