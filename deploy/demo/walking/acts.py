"""How an act checks a claim: again and again until it holds or time is up, and not after a process of the walk died."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import httpx

from leadline.clock import monotonic_s, now
from walking.claims import Finding
from walking.company import Company
from walking.narration import Teller
from walking.places import Places
from walking.questions import Asking

# A claim that is true comes true within seconds; on a machine that is busy with other things it may take longer.
PATIENCE_S = 90.0
LOOK_EVERY_S = 0.5
Answer = TypeVar("Answer")


class ClaimFailed(Exception):
    """What the walk tells did not hold; `finding` says what was seen."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.claim}: {finding.seen}")
        self.finding = finding


@dataclass
class Acts:
    """What every act uses. `pace` is 1 for the default of two minutes; in a shorter walk each act waits less."""

    places: Places
    company: Company
    asking: Asking
    teller: Teller
    command: Path
    pace: float = 1.0

    def _claim(
        self,
        look: Callable[[], Finding],
        *,
        is_told: bool = True,
        is_single_look: bool = False,
        patience_s: float | None = None,
    ) -> None:
        """Looks until it holds, or for `patience_s` (`PATIENCE_S`). Prints the claim; a false one ends the walk.

        A single look counts once it is answered, whatever the answer.
        """
        finding: Finding | None = None
        give_up_s = monotonic_s() + (PATIENCE_S if patience_s is None else patience_s)
        while finding is None or not finding.holds:
            self.company.check()
            try:
                finding = look()
                is_final = is_single_look
            except httpx.HTTPError as error:
                finding, is_final = Finding("Leadline answers", False, _why(error)), False
            self.teller.progress(f"{finding.claim}: {finding.seen}")
            if not finding.holds:
                if is_final or monotonic_s() > give_up_s:
                    break
                time.sleep(LOOK_EVERY_S)
        if is_told or not finding.holds:
            self.teller.find(finding)
        if not finding.holds:
            raise ClaimFailed(finding)

    def _asked(self, question: Callable[[], Answer]) -> Answer:
        """Asks for a figure without a claim; asks again for up to `PATIENCE_S` while a busy machine does not answer."""
        answers: list[Answer] = []

        def ask() -> Finding:
            answers.append(question())
            return Finding("Leadline answers", True, "yes")

        self._claim(ask, is_told=False)
        return answers[-1]

    def _until(self, what: str, is_so: Callable[[], bool]) -> None:
        self._claim(lambda: Finding(what, is_so(), "yes" if is_so() else "not yet"), is_told=False)

    def _stay(self, seconds: float, since: datetime) -> None:
        """An act has its length, so that a reader can follow and the store has something to compare."""
        while (now() - since).total_seconds() < seconds * self.pace:
            self.company.check()
            time.sleep(0.1)


def _why(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"{error.request.url} answered {error.response.status_code}: {error.response.text[:300]}"
    return f"{type(error).__name__}: {error}"
