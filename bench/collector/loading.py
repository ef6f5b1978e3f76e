"""Load from wrk on core 1: closed loop, or with a think time for a given rate. Needs `wrk` (apt-get install wrk)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bodies import make_bodies

# Headers as Chromium sends them with a beacon.
LUA = """
local bodies = {}
for line in io.lines("%(bodies)s") do bodies[#bodies + 1] = line end
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
local think_ms = %(think_ms)d
if think_ms > 0 then delay = function() return math.random(0, 2 * think_ms) end end
done = function(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write
  io.write(string.format(
    '{"requests":%%d,"errors":%%d,"timeouts":%%d,"p50_ms":%%.2f,"p99_ms":%%.2f,"duration_s":%%.3f}\\n',
    summary.requests, failed, errors.timeout, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.duration / 1e6))
end
"""


@dataclass
class WrkReport:
    """What wrk reports of one run. None is made of a run with a failed request: `Load.run` raises RuntimeError."""

    requests: int
    errors: int
    timeouts: int
    p50_ms: float
    p99_ms: float
    duration_s: float

    @property
    def per_s(self) -> float:
        return self.requests / self.duration_s


class Load:
    """The same bodies for every server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bodies = folder / "bodies"
        self._bodies.write_bytes(b"\n".join(make_bodies()))

    def run(self, port: int, *, connections: int, seconds: float, think_ms: int = 0) -> WrkReport:
        script = self._folder / f"think-{think_ms}.lua"
        script.write_text(LUA % {"bodies": self._bodies, "think_ms": think_ms})
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(script), f"http://127.0.0.1:{port}"]
        ran = subprocess.run(["taskset", "-c", "1", *command], capture_output=True, text=True, check=True)
        report = WrkReport(**json.loads(re.findall(r"^\{.*\}$", ran.stdout, re.MULTILINE)[-1]))
        if report.errors:
            raise RuntimeError(f"{report.errors} requests failed: {report}")
        return report


def missing_tools() -> str:
    """What has to be installed first; empty when all is here."""
    missing = [tool for tool in ("wrk", "taskset") if shutil.which(tool) is None]
    return f"needs {' and '.join(missing)} (apt-get install wrk util-linux)" if missing else ""
