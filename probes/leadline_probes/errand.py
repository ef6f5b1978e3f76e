"""`python -P -m leadline_probes.errand`: a short-lived process that lists journeys, or does cleanups of a dead run.

It only runs the user's code: its parent kills it if it does not end.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from leadline.journeys.cleanups import read_cleanup
from leadline.journeys.discovery import find_journeys
from leadline.journeys.secrets import known_secrets
from leadline.model.worker_messages import CleanUpAsked, CleanupFinished, DiscoverAsked, Discovered, Importing
from leadline.workers.lifeline import die_with_parent
from leadline_probes.channel import Channel
from leadline_probes.masking import Mask
from leadline_probes.run_cleanups import call_cleanup


async def serve(channel: Channel) -> None:
    """One errand after another, until the pipe is closed."""
    async for ask in channel.asks():
        match ask:
            case DiscoverAsked():
                channel.say(_discover(ask, channel))
            case CleanUpAsked():
                error = await _clean_up(ask)
                channel.say(CleanupFinished(ask.request_id, ask.cleanup_id, error))
            case _:
                return


def _discover(asked: DiscoverAsked, channel: Channel) -> Discovered:
    journeys, problems = find_journeys(
        [Path(path) for path in asked.paths],
        Path(asked.import_folder),
        skip={Path(path) for path in asked.skip},
        before_import=lambda path: channel.say(Importing(asked.request_id, str(path))),
    )
    return Discovered(asked.request_id, journeys, problems)


async def _clean_up(asked: CleanUpAsked) -> str | None:
    try:
        function, arguments = read_cleanup(asked.function, asked.arguments, Path(asked.import_folder))
        await call_cleanup(function, arguments)
    except (Exception, SystemExit) as error:
        return Mask(known_secrets()).text(f"{type(error).__name__}: {error}")
    return None


def main() -> int:
    die_with_parent()
    # Bytecode is compared by whole seconds: a file saved twice within one second would run in its old form.
    sys.dont_write_bytecode = True
    channel = Channel()
    asyncio.run(serve(channel))
    return 0


if __name__ == "__main__":
    sys.exit(main())
