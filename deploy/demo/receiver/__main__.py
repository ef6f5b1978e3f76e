"""`python -m receiver --port 8083`, in deploy/demo: the receiver alone; its target is json://127.0.0.1:8083."""

from __future__ import annotations

import argparse
import os

from aiohttp import web

from receiver.server import make_app


def main() -> None:
    ask = argparse.ArgumentParser(prog="receiver", description="Keeps and shows the pages that arrive.")
    ask.add_argument("--port", type=int, default=8083)
    given = ask.parse_args()
    if os.environ.get("LEADLINE_PARENT_PID"):
        from leadline.workers.lifeline import die_with_parent

        die_with_parent()
    web.run_app(make_app(), host="127.0.0.1", port=given.port, print=None, access_log=None, shutdown_timeout=1.0)


if __name__ == "__main__":
    main()
