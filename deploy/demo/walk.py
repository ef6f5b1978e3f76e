"""`make demo`: the story of a release that answers 200 everywhere and sells nothing, told and checked as it happens.

On a terminal it then stays until Ctrl-C. Without one, or with DURATION=90, it ends by itself: exit 0, or 1 naming the
claim that did not hold. No process is left behind, however it ends.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from walking.acts import ClaimFailed
from walking.company import Company, Gone
from walking.narration import Teller
from walking.places import Places, check_ports, choose_places, prepare_folder
from walking.questions import Asking
from walking.story import SEED, Story
from walking.summary import look_lines

from leadline.clock import now
from leadline.errors import ConfigurationError

DEFAULT_DURATION_S = 120.0
# One visit in five seconds: the dashboard keeps moving, and a laptop its battery.
STAYING_PER_SECOND = 0.2
SHORTEST_S, LONGEST_S = 30.0, 3600.0
SECOND_FROM_S = 240.0


class Ended(Exception):
    """Ctrl-C, or somebody sent a signal."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def main() -> int:
    """The exit code: 0 told and true, 1 a claim failed, 2 can't start, 128 + signal when ended before the end."""
    teller = Teller()
    try:
        duration_s = read_duration(os.environ.get("DURATION"))
        has_second = read_chapters(os.environ.get("CHAPTERS"), duration_s, is_live=teller.is_live) == 2
        places = choose_places(dict(os.environ), now=now())
        check_ports(places)
        lock = prepare_folder(places)
    except ConfigurationError as error:
        print(f"The demo can't start: {error}", file=sys.stderr)
        return error.exit_code
    stays = teller.is_live and duration_s is None
    company = Company(places)
    asking = Asking(places)
    command = Path(sys.executable).parent / "leadline"
    pace = (duration_s or DEFAULT_DURATION_S) / DEFAULT_DURATION_S
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _raise_ended)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup means it
            signal.signal(signal.SIGHUP, _raise_ended)
        Story(places, company, asking, teller, command, pace, has_second).tell()
        if stays:
            _stay(places, company, teller)
    except ClaimFailed as failed:
        print(f"\nThe demo failed. This did not hold: {failed}\nIts logs are in {places.home}", file=sys.stderr)
        return 1
    except Gone as gone:
        print(f"\nThe demo failed: {gone}\nIts logs are in {places.home}", file=sys.stderr)
        return gone.code if gone.code == ConfigurationError.exit_code else 1
    except Ended as ended:
        return 128 + ended.number
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        company.end()
        asking.close()
        lock.close()
    return 0


def read_duration(text: str | None) -> float | None:
    """Seconds of the walk, or None if DURATION is not set. ConfigurationError for an invalid length."""
    if not text:
        return None
    try:
        duration_s = float(text.removesuffix("s"))
    except ValueError:
        duration_s = float("nan")
    if not SHORTEST_S <= duration_s <= LONGEST_S:
        raise ConfigurationError(
            f"DURATION={text!r} is not a valid length of the walk",
            hint=f"seconds, {SHORTEST_S:g} to {LONGEST_S:g}: DURATION=90",
        )
    return duration_s


def read_chapters(text: str | None, duration_s: float | None, *, is_live: bool) -> int:
    """How many of the two releases are told. A verdict needs two minutes of users, so the second one is told where
    somebody watches, where the walk may take that long, or where it is asked for."""
    if text in ("1", "2"):
        return int(text)
    if text:
        raise ConfigurationError(f"CHAPTERS={text!r} is not a number of chapters", hint="CHAPTERS=1 or CHAPTERS=2")
    return 2 if (duration_s is None and is_live) or (duration_s or 0) >= SECOND_FROM_S else 1


def _stay(places: Places, company: Company, teller: Teller) -> None:
    """Keeps everything running until somebody ends it, which is no failure."""
    teller.say("\nEverything keeps running, with fewer visitors. What to look at:\n", style="bold")
    teller.lines(look_lines(places))
    teller.say("\nCtrl-C ends it.", style="bold")
    try:
        company.slow_down(seed=SEED + 1, per_second=STAYING_PER_SECOND)
        while True:
            company.check()
            time.sleep(0.5)
    except Ended:
        teller.say("ending …")


def _raise_ended(number: int, _: FrameType | None) -> None:
    raise Ended(number)


if __name__ == "__main__":
    sys.exit(main())
