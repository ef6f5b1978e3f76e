"""How fast the machine acts, and what a flag's evaluation costs beside an empty 204.

Verdict to hook executed, and to verified by what users get: the scheduler's own runner on a real home, in this process.
Evaluations: the collector beside an empty 204 of the same server, µs of CPU a request, because other work on the
machine slows both alike. The goals: docs/hooks.md, docs/flags.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "collector"))
from loading import missing_tools  # noqa: E402  # bench/ is no package
from serving import Server, free_port  # noqa: E402
from stand import act_until_over, make_home, roll_back, site  # noqa: E402

from leadline.records import Records  # noqa: E402

ACTS = int(os.environ.get("ACTS", "40"))
ROUNDS = int(os.environ.get("ROUNDS", "7"))
GOAL_EXECUTED_S, GOAL_EVALUATION = 2.0, 1.5
FLAGS = """
[home]
path = "./home"
[collector]
listen = "127.0.0.1:{port}"
rate_per_address = 1_000_000
[[app]]
name = "shop"
keys = ["pk_shop"]
origins = ["https://shop.example"]
[[ring]]
name = "staff"
app = "shop"
when = {{ email_domain = "shop.example" }}
[[flag]]
key = "new-checkout"
app = "shop"
variants = {{ on = true, off = false }}
default = "off"
rules = [{{ ring = "staff", variant = "on" }}, {{ share = 0.1, variant = "on" }}]
"""
LUA = """
local at = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Origin"] = "https://shop.example"
wrk.headers["X-API-Key"] = "pk_shop"
request = function()
  at = at + 1
  local body = '{"context":{"targetingKey":"user-' .. at .. '","plan":"pro","country":"DE"}}'
  return wrk.format(nil, "/ofrep/v1/evaluate/flags/new-checkout", nil, body)
end
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"status":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"p99_ms":%.2f}\\n',
    summary.requests, errors.status, errors.connect, errors.read, errors.write, errors.timeout,
    latency:percentile(99) / 1000))
end
"""


def main() -> int:
    """Prints which goals are reached or missed; 0 either way."""
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    _act()
    if missing := missing_tools():
        print(f"NOT MEASURED: evaluations: {missing}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        _evaluate(Path(folder))
    return 0


def _act() -> None:
    executed, verified = [], []
    for _ in range(ACTS):
        with tempfile.TemporaryDirectory() as folder, site(Path(folder)) as url:
            settings = make_home(Path(folder), url)
            records = Records.open(settings.paths.records)
            asyncio.run(_act_once(Path(folder), records, settings))
            [action] = records.actions()
            records.close()
            if action.state != "verified" or action.executed_at is None or action.verified_at is None:
                raise RuntimeError(f"it did not work: {action.state}: {action.error}")
            executed.append((action.executed_at - action.requested_at).total_seconds())
            verified.append((action.verified_at - action.requested_at).total_seconds())
    executed.sort()
    verified.sort()
    p95 = executed[round(0.95 * (ACTS - 1))]
    print(f"\nverdict to executed, {ACTS} times: p50 {statistics.median(executed):.2f} s, p95 {p95:.2f} s")
    print(f"verdict to verified: p50 {statistics.median(verified):.2f} s, most {verified[-1]:.2f} s")
    _judge(f"p95 {p95:.2f} s, at most {GOAL_EXECUTED_S:g}", is_reached=p95 <= GOAL_EXECUTED_S)


async def _act_once(folder: Path, records: Records, settings: object) -> None:
    """The runner waits when the verdict comes, as in a scheduler that runs."""
    acting = asyncio.create_task(act_until_over(folder))
    await asyncio.sleep(0.3)
    roll_back(records, settings)  # type: ignore[arg-type]
    await asyncio.wait_for(acting, 60)


def _evaluate(folder: Path) -> None:
    port = free_port()
    (folder / "leadline.toml").write_text(FLAGS.format(port=port))
    script = folder / "flags.lua"
    script.write_text(LUA)
    command = [sys.executable, "-m", "leadline", "collector", "-c", str(folder / "leadline.toml")]
    servers = {
        "empty_204": Server("empty_204", folder / "empty"),
        "evaluation": Server.at(port, command, dict(os.environ)),
    }
    try:
        for connections in (32, 128):
            costs: dict[str, list[float]] = {name: [] for name in servers}
            for server in servers.values():
                _load(server.port, script, connections)
            for _ in range(ROUNDS):
                for name, server in servers.items():
                    before_s = server.cpu_s()
                    requests = _load(server.port, script, connections)
                    costs[name].append((server.cpu_s() - before_s) / requests * 1e6)
            ratios = [one / other for one, other in zip(costs["evaluation"], costs["empty_204"], strict=True)]
            ratio = statistics.median(ratios)
            told = ", ".join(f"{name} {statistics.median(found):.1f} µs" for name, found in costs.items())
            print(f"\n{connections} connections: {told} of CPU; {min(ratios):.2f} to {max(ratios):.2f}")
            _judge(f"{ratio:.2f} x an empty 204, at most {GOAL_EVALUATION:g}", is_reached=ratio <= GOAL_EVALUATION)
    finally:
        for server in servers.values():
            server.end()


def _load(port: int, script: Path, connections: int) -> int:
    command = ["wrk", "-t1", f"-c{connections}", "-d1s", "-s", str(script), f"http://127.0.0.1:{port}"]
    ran = subprocess.run(["taskset", "-c", "1", *command], capture_output=True, text=True, check=True)
    told = json.loads(re.findall(r"^\{.*\}$", ran.stdout, re.MULTILINE)[-1])
    failed = {name: count for name, count in told.items() if name not in ("requests", "p99_ms") and count}
    if failed:
        raise RuntimeError(f"requests failed: {failed} of {told['requests']}")
    return int(told["requests"])


def _judge(said: str, *, is_reached: bool) -> None:
    print(f"{'reached' if is_reached else 'MISSED '}: {said}")


if __name__ == "__main__":
    sys.exit(main())
