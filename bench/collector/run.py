"""CPU per durable beacon beside its references, the answer time at half of the ceiling, and the memory. As ratios.

Each server has core 0 for itself, the load core 1. Rounds are short and interleaved and each is divided by the empty
204 of the same round, because other work on the machine costs all of them alike.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from loading import Load, missing_tools
from serving import Server, variants

ROUNDS = int(os.environ.get("ROUNDS", "7"))
SECONDS = float(os.environ.get("SECONDS_EACH", "1"))
BEACONS = int(os.environ.get("BEACONS", "100000"))
# The goals: at most, against the empty 204, by connections; at least, against FastAPI + pydantic (docs/decisions/0002).
GOALS = {32: 2.3, 128: 1.8}
GOAL_AGAINST_FASTAPI = 2.8
GOAL_P99_MS = 25.0
# As for docs/decisions/0003: many connections that think in between, so that no batch is capped by them.
THINKING_CONNECTIONS = 192
# Long enough that at least one log file (64 MB) is sealed meanwhile: a stall of the disk by it was the p99 once.
THINKING_S = 20
# Growth that a caches' filling explains; a leak of 100 bytes a beacon shows as 10 MB at 100,000.
GOAL_GROWTH_BYTES = 8_000_000


@dataclass
class Measured:
    """One round of one server."""

    us_per_request: float
    per_s: float
    p50_ms: float
    p99_ms: float


def main() -> int:
    """Prints the tables and which goals are reached or missed; 0 either way."""
    if missing := missing_tools():
        print(f"NOT MEASURED: bench/collector {missing}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        _measure_all(Path(folder))
    return 0


def _measure_all(folder: Path) -> None:
    load = Load(folder)
    names = variants()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {ROUNDS} rounds of {SECONDS:g} s")
    if "nginx_204" not in names:
        print("without nginx's empty 204 (apt-get install nginx-light)")
    servers: dict[str, Server] = {}
    try:
        for name in names:
            servers[name] = Server(name, folder / name)
        ceiling_per_s = 0.0
        for connections in GOALS:
            rounds = _take_rounds(servers, load, connections)
            _tell_rounds(connections, rounds)
            ceiling_per_s = _median(rounds["collector"], "per_s")
        _answer_time(servers, load, ceiling_per_s)
        _memory(servers["collector"], load)
    finally:
        for server in servers.values():
            server.end()


def _take_rounds(servers: dict[str, Server], load: Load, connections: int) -> dict[str, list[Measured]]:
    for server in servers.values():
        load.run(server.port, connections=connections, seconds=1)
    rounds: dict[str, list[Measured]] = {name: [] for name in servers}
    for _ in range(ROUNDS):
        for name, server in servers.items():
            before_s = server.cpu_s()
            told = load.run(server.port, connections=connections, seconds=SECONDS)
            used_s = server.cpu_s() - before_s
            rounds[name].append(Measured(used_s / told.requests * 1e6, told.per_s, told.p50_ms, told.p99_ms))
    return rounds


def _tell_rounds(connections: int, rounds: dict[str, list[Measured]]) -> None:
    print(f"\n{f'{connections} connections':20}   µs CPU   ratio (of the rounds)    a second   p50 ms   p99 ms")
    for name, found in rounds.items():
        ratios = _ratios(found, rounds["empty_204"])
        print(
            f"{name:20} {_median(found, 'us_per_request'):8.1f} {statistics.median(ratios):7.2f} "
            f"({min(ratios):.2f} to {max(ratios):5.2f}) {_median(found, 'per_s'):11,.0f} "
            f"{_median(found, 'p50_ms'):8.1f} {_median(found, 'p99_ms'):8.1f}"
        )
    ratio = statistics.median(_ratios(rounds["collector"], rounds["empty_204"]))
    less = statistics.median(_ratios(rounds["fastapi_pydantic"], rounds["collector"]))
    _judge(f"{ratio:.2f} x an empty 204, at most {GOALS[connections]}", is_reached=ratio <= GOALS[connections])
    _judge(f"{less:.2f} x less than FastAPI, at least {GOAL_AGAINST_FASTAPI}", is_reached=less >= GOAL_AGAINST_FASTAPI)


def _ratios(found: list[Measured], reference: list[Measured]) -> list[float]:
    return [one.us_per_request / other.us_per_request for one, other in zip(found, reference, strict=True)]


def _median(found: list[Measured], field: str) -> float:
    return float(statistics.median(getattr(each, field) for each in found))


def _answer_time(servers: dict[str, Server], load: Load, ceiling_per_s: float) -> None:
    """On a busy machine the empty 204 waits for its core too, so it stands beside."""
    think_ms = round(THINKING_CONNECTIONS / (ceiling_per_s / 2) * 1000)
    told, empty = (
        load.run(servers[name].port, connections=THINKING_CONNECTIONS, seconds=THINKING_S, think_ms=think_ms)
        for name in ("collector", "empty_204")
    )
    print(f"\nat half of the ceiling ({told.per_s:,.0f} of {ceiling_per_s:,.0f} a second): p50 {told.p50_ms:.1f} ms")
    print(f"(an empty 204 at {empty.per_s:,.0f} a second: p50 {empty.p50_ms:.1f}, p99 {empty.p99_ms:.1f} ms)")
    _judge(f"p99 {told.p99_ms:.1f} ms, at most {GOAL_P99_MS:g}", is_reached=told.p99_ms <= GOAL_P99_MS)


def _memory(server: Server, load: Load) -> None:
    """Earlier rounds have filled the caches; from here on memory should not grow."""
    start_bytes = server.rss_bytes()
    sent = 0
    while sent < BEACONS:
        sent += load.run(server.port, connections=128, seconds=2).requests
    grown = server.rss_bytes() - start_bytes
    print(f"\n{sent:,} more beacons: {start_bytes / 1e6:.0f} MB before, {grown / 1e6:+.1f} MB after")
    _judge(f"grows by at most {GOAL_GROWTH_BYTES / 1e6:g} MB", is_reached=grown <= GOAL_GROWTH_BYTES)


def _judge(said: str, *, is_reached: bool) -> None:
    print(f"{'reached' if is_reached else 'MISSED '}: {said}")


if __name__ == "__main__":
    sys.exit(main())
