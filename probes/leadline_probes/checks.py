"""`python -P -m leadline_probes.checks`: one process that makes HTTP checks, many at a time, without a browser."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys

import aiohttp

from leadline.errors import ProbeFault
from leadline.model.worker_messages import CheckAsked, Ready, RunFinished
from leadline.workers.lifeline import die_with_parent
from leadline_probes.channel import Channel
from leadline_probes.http_check import make_check


async def serve(channel: Channel) -> None:
    """Every check as a task of its own, until the parent closes the pipe."""
    # One TLS context for all: building it costs 20 ms, forty checks' worth. A new connection for each check, because
    # a kept one would not notice that nobody new can connect.
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(), force_close=True, limit=0, use_dns_cache=False)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=None)
    ) as session:

        async def answer(asked: CheckAsked) -> None:
            channel.say(RunFinished(asked.request_id, await make_check(asked, session)))

        channel.say(Ready(os.getpid()))
        under_way: set[asyncio.Task[None]] = set()
        async for ask in channel.asks():
            if not isinstance(ask, CheckAsked):
                raise ProbeFault(f"a check worker is not asked for {type(ask).__name__}")
            task = asyncio.create_task(answer(ask))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        for task in under_way:
            task.cancel()


def main() -> int:
    die_with_parent()
    channel = Channel()
    asyncio.run(serve(channel))
    return 0


if __name__ == "__main__":
    sys.exit(main())
