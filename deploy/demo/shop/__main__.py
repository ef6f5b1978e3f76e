"""`python -m shop --port 8082 --collector http://127.0.0.1:8081`, in deploy/demo: the shop alone."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal

from aiohttp import web

from shop.server import make_app, serve


def main() -> None:
    ask = argparse.ArgumentParser(prog="shop", description="The demo's shop: two versions, and faults to switch.")
    ask.add_argument("--port", type=int, default=8082)
    ask.add_argument("--collector", default="http://127.0.0.1:8081", help="where /_l/ is passed on to")
    ask.add_argument("--key", default="pk_demo_shop", help="the app's key in leadline.toml")
    ask.add_argument("--canary-share", type=float, default=0.5, help="share of new visitors who get 1.5.0 (0..1)")
    ask.add_argument("--seed", type=int, default=7, help="who gets which version")
    given = ask.parse_args()
    if os.environ.get("LEADLINE_PARENT_PID"):
        from leadline.workers.lifeline import die_with_parent

        die_with_parent()
    app = make_app(collector_url=given.collector, key=given.key, canary_share=given.canary_share, seed=given.seed)
    asyncio.run(_serve_until_told(app, port=given.port))


async def _serve_until_told(app: web.Application, *, port: int) -> None:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    runner, _ = await serve(app, port=port)
    await told.wait()
    await runner.cleanup()


if __name__ == "__main__":
    main()
