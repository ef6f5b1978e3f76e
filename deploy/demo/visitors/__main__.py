"""`python -m visitors --shop URL`, in deploy/demo: people, until Ctrl-C or `--most`. One line of JSON per visit.

SIGUSR1: from now on fewer come; who is in the shop stays until they are done.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal

from visitors.crowd import Crowd
from visitors.plan import Visit


def main() -> None:
    ask = argparse.ArgumentParser(prog="visitors", description="People in a real Chromium, some of whom buy.")
    ask.add_argument("--shop", default="http://127.0.0.1:8082")
    ask.add_argument("--per-second", type=float, default=1.0)
    ask.add_argument("--seed", type=int, default=7)
    ask.add_argument("--most", type=int, help="end after so many visits")
    given = ask.parse_args()
    if os.environ.get("LEADLINE_PARENT_PID"):
        from leadline.workers.lifeline import die_with_parent

        die_with_parent()
    asyncio.run(_visit(Crowd(given.shop, given.per_second, given.seed, most=given.most, on_ending=_tell)))


async def _visit(crowd: Crowd) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    loop.add_signal_handler(signal.SIGUSR1, crowd.slow_down)
    await crowd.keep_coming(stopped)


def _tell(visit: Visit, ending: str) -> None:
    print(json.dumps({"visit": visit.number, "wanted": visit.want, "ended": ending}), flush=True)


if __name__ == "__main__":
    main()
