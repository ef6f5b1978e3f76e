"""Which ASGI server: an empty 204 and the collector's ASGI callable on each installed one, over uvicorn's empty 204.

Only what the servers have in common is compared: the collector's own way past ASGI (`shortcut.py`) is uvicorn's alone
and stands in `run.py`. granian, hypercorn and zttp are not in the lock; `pip install granian hypercorn zttp` in the
environment brings them in, and without them the table is shorter and says so.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from loading import Load, missing_tools
from serving import Server, free_port

HERE = Path(__file__).parent
ROUNDS = int(os.environ.get("ROUNDS", "5"))
CONNECTIONS = (32, 128)
LEAN = ["--no-proxy-headers", "--no-server-header", "--no-date-header", "--no-access-log", "--log-level", "error"]
# By the package that has to be there; the first is the reference.
COMMANDS = {
    "uvicorn, httptools": ("httptools", ["uvicorn", "--loop", "uvloop", "--http", "httptools", *LEAN]),
    "uvicorn, zttp": ("zttp", ["uvicorn", "--loop", "uvloop", "--http", "zttp", *LEAN]),
    "uvicorn, h11": ("h11", ["uvicorn", "--loop", "uvloop", "--http", "h11", *LEAN]),
    "granian": ("granian", ["granian", "--interface", "asgi", "--loop", "uvloop", "--no-log"]),
    "hypercorn": ("hypercorn", ["hypercorn", "--worker-class", "uvloop"]),
}


def main() -> int:
    """Prints a table of medians; 0 either way."""
    if missing := missing_tools():
        print(f"NOT MEASURED: bench/collector/servers {missing}")
        return 0
    left_out = [name for name, (package, _) in COMMANDS.items() if importlib.util.find_spec(package) is None]
    if left_out:
        print(f"not installed and left out: {', '.join(left_out)}")
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder), [name for name in COMMANDS if name not in left_out])
    return 0


def _measure(folder: Path, names: list[str]) -> None:
    load = Load(folder)
    servers: dict[tuple[str, str], Server] = {}
    try:
        for name in names:
            for app in ("empty_204", "collector"):
                servers[name, app] = _start(name, app, folder)
        print(f"{ROUNDS} rounds of 1 s, µs CPU of the process tree a request, over the first server's empty 204")
        print(f"{'':20} {'empty 204':>24} {'collector':>24}   p99 ms")
        for connections in CONNECTIONS:
            _tell(connections, names, *_take_rounds(servers, load, connections))
    finally:
        for server in servers.values():
            server.end()


def _start(name: str, app: str, folder: Path) -> Server:
    home = folder / f"{name}-{app}".replace(" ", "")
    home.mkdir()
    port = free_port()
    where = ["--bind", f"127.0.0.1:{port}"] if name == "hypercorn" else ["--host", "127.0.0.1", "--port", str(port)]
    package, *options = COMMANDS[name][1]
    environment = {**os.environ, "LEADLINE_BENCH_FOLDER": str(home)}
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", package, *options, *where, f"served:{app}"]
    return Server.at(port, command, environment)


def _take_rounds(
    servers: dict[tuple[str, str], Server], load: Load, connections: int
) -> tuple[dict[tuple[str, str], list[float]], dict[tuple[str, str], list[float]]]:
    """µs of CPU a request and p99 ms, by server and app and round."""
    costs_us: dict[tuple[str, str], list[float]] = {key: [] for key in servers}
    p99s_ms: dict[tuple[str, str], list[float]] = {key: [] for key in servers}
    for server in servers.values():
        load.run(server.port, connections=connections, seconds=1)
    for _ in range(ROUNDS):
        for key, server in servers.items():
            before_s = server.cpu_s()
            told = load.run(server.port, connections=connections, seconds=1)
            costs_us[key].append((server.cpu_s() - before_s) / told.requests * 1e6)
            p99s_ms[key].append(told.p99_ms)
    return costs_us, p99s_ms


def _tell(
    connections: int,
    names: list[str],
    costs_us: dict[tuple[str, str], list[float]],
    p99s_ms: dict[tuple[str, str], list[float]],
) -> None:
    reference = costs_us[names[0], "empty_204"]
    print(f"{connections} connections")
    for name in names:
        cells = []
        for app in ("empty_204", "collector"):
            ratios = [one / other for one, other in zip(costs_us[name, app], reference, strict=True)]
            cells.append(f"{statistics.median(costs_us[name, app]):14.1f} {statistics.median(ratios):6.2f} x ")
        print(f"{name:20} {' '.join(cells)} {statistics.median(p99s_ms[name, 'collector']):8.1f}")


if __name__ == "__main__":
    sys.exit(main())
