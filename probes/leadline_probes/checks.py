"""`python -P -m leadline_probes.checks`: one process that makes HTTP checks, many at a time, without a browser."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys

from leadline.errors import ProbeFault
from leadline.model.worker_messages import CheckAsked, Ready
from leadline.workers.lifeline import die_with_parent
from leadline_probes.channel import Channel
from leadline_probes.http_check import make_check
from leadline_probes.pulse import Pulse
from leadline_probes.signs_of_life import Beating


async def serve(channel: Channel) -> None:
    """Runs every check as a separate task, until the parent closes the pipe."""
    # One TLS context for all: building it costs 20 ms, forty checks' worth.
    tls = ssl.create_default_context()
    pulse = Pulse()
    pulse.start()
    beating = Beating(channel)
    beating.start()
    beating.begin()

    async def answer(asked: CheckAsked) -> None:
        channel.finish(asked, await make_check(asked, tls=tls, pulse=pulse))

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
    pulse.stop()


def main() -> int:
    die_with_parent()
    channel = Channel()
    asyncio.run(serve(channel))
    # Threads that wait for a silent name server must not delay the end of the process.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
