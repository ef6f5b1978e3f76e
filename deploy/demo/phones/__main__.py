"""`python -m phones --collector URL`, in deploy/demo: people with the app, until Ctrl-C. One line of JSON per visit."""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any
from uuid import uuid4

import httpx

from leadline.clock import monotonic_s, now_ms
from phones.people import BASELINE, CANARY, Person, plan_people

FLAG, KEY = "one-tap", "pk_demo_app"
AGENT = (
    "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile "
    "Safari/537.36"
)
TIMEOUT_S = 10.0
MOST_BEHIND_S = 5.0


def main() -> None:
    ask = argparse.ArgumentParser(prog="phones", description="People with the app, some of whom order.")
    ask.add_argument("--collector", default="http://127.0.0.1:8081")
    ask.add_argument("--per-second", type=float, default=6.0)
    ask.add_argument("--seed", type=int, default=7)
    given = ask.parse_args()
    if os.environ.get("LEADLINE_PARENT_PID"):
        from leadline.workers.lifeline import die_with_parent

        die_with_parent()
    try:
        _keep_coming(given.collector, given.per_second, given.seed)
    except KeyboardInterrupt:
        return


def _keep_coming(collector: str, per_second: float, seed: int) -> None:
    with httpx.Client(base_url=collector, timeout=TIMEOUT_S, headers={"User-Agent": AGENT}, trust_env=False) as client:
        due_s = monotonic_s()
        for person in plan_people(seed):
            try:
                said: dict[str, Any] = {"ended": visit(client, person)}
            except (httpx.HTTPError, ValueError, KeyError) as error:  # the next one may do better
                said = {"failed": repr(error)}
            print(json.dumps({"person": person.number, **said}), flush=True)
            # By the clock, so that a busy machine does not make fewer people of them; what is far behind is let go.
            due_s = max(due_s + 1 / per_second, monotonic_s() - MOST_BEHIND_S)
            time.sleep(max(0.0, due_s - monotonic_s()))


def visit(client: httpx.Client, person: Person) -> str:
    """Asks for the flag as any OpenFeature client does, uses the release that it means, and sends the visit's beacon.

    Returns the release. httpx.HTTPError where the collector says no.
    """
    session = str(uuid4())
    started_ms = now_ms()
    network = {"X-Forwarded-For": person.address}
    asked = {"context": {"targetingKey": session}}
    answer = client.post(f"/ofrep/v1/evaluate/flags/{FLAG}", params={"key": KEY}, json=asked, headers=network)
    variant = answer.raise_for_status().json()["variant"]
    version = CANARY if variant == "on" else BASELINE
    beacon = _beacon(person, session, started_ms, version, variant)
    client.post("/v1/b", json=beacon, headers=network).raise_for_status()
    return version


def _beacon(person: Person, session: str, started_ms: int, version: str, variant: str) -> dict[str, Any]:
    beacon: dict[str, Any] = {
        "key": KEY,
        "page_view_id": str(uuid4()),
        "session_id": session,
        "service_version": version,
        "started_at": started_ms,
        "sent_at": now_ms(),
        "url": "https://app.shop.example/basket",
        "route": "/basket",
        "vitals": {"lcp_ms": person.lcp_ms},
        "attributes": {f"flag.{FLAG}": variant},
    }
    if person.orders(version):
        beacon["events"] = [{"name": "order_placed", "at_ms": 0, "value": 12.5}]
    if person.errs:
        beacon["errors"] = [{"error_type": "TypeError", "message": "tap is undefined", "at_ms": 0}]
    return beacon


if __name__ == "__main__":
    main()
