"""CPU per durable beacon beside its references, interleaved, medians, as ratios. Needs `wrk` (apt-get install wrk).

Each server has core 0 for itself, wrk core 1. `python bench/collector/run.py [--rounds 3] [--seconds 4]`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from bodies import make_bodies  # noqa: E402

VARIANTS = ("empty_204", "collector", "fastapi_pydantic")
# Issue "The collector", Figures: at most, against the empty 204; and at least, against FastAPI + pydantic.
GOALS = {32: 2.5, 128: 1.9}
GOAL_AGAINST_FASTAPI = 2.8
LUA = """
local bodies = {}
for line in io.lines("%s") do bodies[#bodies + 1] = line end
local at = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Origin"] = "https://shop.example"
wrk.headers["Referer"] = "https://shop.example/"
wrk.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 " ..
  "(KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
wrk.headers["Accept"] = "*/*"
wrk.headers["Accept-Encoding"] = "gzip, deflate, br, zstd"
wrk.headers["Accept-Language"] = "en-GB,en;q=0.9"
wrk.headers["Sec-Fetch-Mode"] = "no-cors"
wrk.headers["X-Forwarded-For"] = "203.0.113.7"
request = function() at = at %% #bodies + 1; return wrk.format(nil, "/v1/b", nil, bodies[at]) end
done = function(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write
  io.write(string.format('{"requests":%%d,"errors":%%d,"timeouts":%%d,"p50_ms":%%.2f,"p99_ms":%%.2f,"duration_s":%%.3f}\\n',
    summary.requests, failed, errors.timeout, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.duration / 1e6))
end
"""


@dataclass
class Measured:
    """One round of one variant."""

    us_per_request: float
    per_s: float
    p50_ms: float
    p99_ms: float


class Server:
    """A variant in a process of its own, pinned to core 0."""

    def __init__(self, name: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", sys.executable, str(HERE / "variants.py"), name, str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.port = json.loads(self.process.stdout.readline())["port"]

    def cpu_s(self) -> float:
        used = psutil.Process(self.process.pid).cpu_times()
        return used.user + used.system

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def load(port: int, *, connections: int, seconds: int, script: Path) -> dict[str, float]:
    """wrk on core 1."""
    ran = subprocess.run(
        [
            "taskset",
            "-c",
            "1",
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "-s",
            str(script),
            f"http://127.0.0.1:{port}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, float] = json.loads(re.findall(r"^\{.*\}$", ran.stdout, re.MULTILINE)[-1])
    return told


def measure(server: Server, *, connections: int, seconds: int, script: Path) -> Measured:
    before = server.cpu_s()
    told = load(server.port, connections=connections, seconds=seconds, script=script)
    used = server.cpu_s() - before
    if told["errors"]:
        raise SystemExit(f"{told['errors']:.0f} requests failed: {told}")
    return Measured(
        used / told["requests"] * 1e6, told["requests"] / told["duration_s"], told["p50_ms"], told["p99_ms"]
    )


def main() -> int:
    """Prints a table and exits 1 where a goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, nargs="*", default=list(GOALS))
    asked = parser.parse_args()
    if shutil.which("wrk") is None or shutil.which("taskset") is None:
        print("NOT MEASURED: bench/collector needs wrk and taskset (apt-get install wrk util-linux)")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        is_reached = _compare(asked, Path(folder))
    return 0 if is_reached else 1


def _compare(asked: argparse.Namespace, folder: Path) -> bool:
    (folder / "bodies").write_bytes(b"\n".join(make_bodies()))
    script = folder / "load.lua"
    script.write_text(LUA % (folder / "bodies"))
    servers: dict[str, Server] = {}
    is_reached = True
    print(f"load average {os.getloadavg()[0]:.1f}; rounds {asked.rounds} x {asked.seconds:g} s, interleaved, medians")
    try:
        for name in VARIANTS:
            servers[name] = Server(name, folder / name)
        for connections in asked.connections:
            rounds: dict[str, list[Measured]] = {name: [] for name in VARIANTS}
            for server in servers.values():
                load(server.port, connections=connections, seconds=1, script=script)
            for _ in range(asked.rounds):
                for name, server in servers.items():
                    rounds[name].append(measure(server, connections=connections, seconds=asked.seconds, script=script))
            is_reached = _tell(connections, rounds) and is_reached
    finally:
        for server in servers.values():
            server.end()
    return is_reached


def _tell(connections: int, rounds: dict[str, list[Measured]]) -> bool:
    medians = {name: statistics.median(each.us_per_request for each in found) for name, found in rounds.items()}
    reference = medians["empty_204"]
    print(f"\n{connections} connections         µs CPU   ratio    a second   p50 ms   p99 ms")
    for name, found in rounds.items():
        rate, p50, p99 = (
            statistics.median(getattr(each, field) for each in found) for field in ("per_s", "p50_ms", "p99_ms")
        )
        print(f"{name:20} {medians[name]:8.1f} {medians[name] / reference:7.2f} {rate:11,.0f} {p50:8.1f} {p99:8.1f}")
    ratio = medians["collector"] / reference
    less = medians["fastapi_pydantic"] / medians["collector"]
    is_reached = ratio <= GOALS.get(connections, 99) and less >= GOAL_AGAINST_FASTAPI
    goals = f"at most {GOALS.get(connections)}, and {less:.2f} x less than FastAPI of at least {GOAL_AGAINST_FASTAPI}"
    print(f"{'reached' if is_reached else 'MISSED'}: {ratio:.2f} of {goals}")
    return is_reached


if __name__ == "__main__":
    sys.exit(main())
