"""A process that a test kills: hands in results, claims, sends to a file that stands for the targets, records receipts.

    python paging_process.py RECORDS SINK SEED COUNT OFFSET_S      everything, results 0..COUNT of the seeded sequence
    python paging_process.py RECORDS SINK claim                    only claims and sends, until nothing is due

The sink takes one line per message, on disk before the receipt is: `incident/transition/target combined`.
"""

from __future__ import annotations

import os
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leadline.incidents import Routing
from leadline.model import Receipt, RunResult, RunStatus
from leadline.records import Records

TARGETS = ("oncall", "chat")
STATUSES = [RunStatus.FAILED, RunStatus.FAILED, RunStatus.PASSED, RunStatus.ABORTED, RunStatus.DEGRADED]
START = datetime(2026, 11, 24, tzinfo=UTC)
LEASE_S = 30.0
# A target takes its time to say yes: that is when a kill hurts.
ANSWER_S = 0.01


def results(seed: int, count: int) -> list[RunResult]:
    """The same sequence for the same seed: two cohorts of one journey."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        at = START + timedelta(seconds=number)
        status = chance.choice(STATUSES)
        made.append(
            RunResult(
                run_id=f"run-{number:05}",
                monitor="journey",
                name="checkout",
                app="shop",
                status=status,
                started_at=at,
                finished_at=at,
                duration_ms=1.0,
                cohort=chance.choice(["baseline", "canary"]),
            )
        )
    return made


def send_all(records: Records, sink: int, owner: str, now: datetime, *, limit: int) -> int:
    claimed = records.claim_due(owner=owner, now=now, lease_s=LEASE_S, limit=limit)
    for one in claimed:
        key = one.notification.idempotency_key
        time.sleep(ANSWER_S)
        os.write(sink, f"{key} {'combined' if one.is_combined else 'alone'}\n".encode())
        os.fsync(sink)
        time.sleep(ANSWER_S)
        accepted = Receipt(is_accepted=True, duration_ms=1.0)
        records.record_receipt(one.notification.notification_id, accepted, now=now, next_attempt_at=None)
    return len(claimed)


def main() -> None:
    path, sink_path, *rest = sys.argv[1:]
    records = Records.open(Path(path))
    sink = os.open(sink_path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    print("open", flush=True)
    if rest == ["claim"]:
        while send_all(records, sink, str(os.getpid()), START + timedelta(days=1), limit=4):
            pass
        return
    seed, count, offset_s = int(rest[0]), int(rest[1]), float(rest[2])
    chance = random.Random(os.urandom(8))
    for number, result in enumerate(results(seed, count)):
        now = START + timedelta(seconds=number + offset_s)
        records.commit_result(result, confirm=2, severity="critical", routing=Routing(targets=tuple(TARGETS)), now=now)
        if chance.random() < 0.5:  # sometimes later, so that an end meets a beginning that was not sent
            send_all(records, sink, "worker", now, limit=3)
    while send_all(records, sink, "worker", now + timedelta(seconds=LEASE_S + 1), limit=10):
        pass
    print("done", flush=True)


if __name__ == "__main__":
    main()
