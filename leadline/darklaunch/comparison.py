"""One comparison: which calls are sampled, where the candidate runs, and how the two answers are compared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from leadline.clock import monotonic_s, now
from leadline.darklaunch.answers import Answer, take_answer, take_exception
from leadline.darklaunch.candidates import CandidateThreads, Deadlines, Run, run_in_task
from leadline.darklaunch.differences import Rules, find_differences
from leadline.darklaunch.outcomes import Kept, Mismatch, Outcome
from leadline.darklaunch.paths import compile_path

if TYPE_CHECKING:
    import asyncio

    from leadline.darklaunch.sender import Reporter

__all__ = ["Comparison"]

Returned = TypeVar("Returned")
_deadlines = Deadlines()


class Comparison:
    """`share` of keys are sampled, the same ones each time; without a key, that share of calls.

    `ignore`, `secrets` and `unordered` are JSON paths. `enabled=False` runs only the trusted code.
    """

    def __init__(
        self,
        name: str,
        *,
        share: float = 1.0,
        timeout: str | float = 1.0,
        most_at_once: int = 4,
        ignore: Sequence[str] = (),
        secrets: Sequence[str] = (),
        unordered: Sequence[str] = (),
        tolerance: float = 0.0,
        keep: int = 100,
        enabled: bool = True,
    ) -> None:
        if not 0 <= share <= 1:
            raise ValueError(f"share {share} must be between 0 and 1")
        if most_at_once < 1 or keep < 1:
            raise ValueError("most_at_once and keep must be at least 1")
        self.name = name
        self.share = share if enabled else 0.0
        self.reporter: Reporter | None = None
        self._timeout_s = _seconds(timeout)
        self._place_of = _make_sampler(name) if 0 < self.share < 1 else None
        self._rules = Rules(
            ignore=[compile_path(path) for path in ignore],
            unordered=[compile_path(path) for path in unordered],
            tolerance=tolerance,
        )
        self._kept = Kept(most=keep, secret_paths=[compile_path(path) for path in secrets])
        self._threads = CandidateThreads(most=most_at_once, deadlines=_deadlines)
        self._most_at_once = most_at_once
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def counts(self) -> dict[Outcome, int]:
        """By outcome. Skipped: all places were taken; broken: an error inside Leadline."""
        return self._kept.counts

    @property
    def mismatches(self) -> list[Mismatch]:
        """By signature, the most frequent first."""
        return self._kept.mismatches

    def is_sampled(self, key: str | None) -> bool:
        """Whether a call for `key` is compared: the same answer each time."""
        if self._place_of is None:
            return self.share > 0
        return self._place_of(key) < self.share

    def __call__(
        self, trusted: Callable[[], Returned], candidate: Callable[[], Any], *, key: str | None = None
    ) -> Returned:
        """The result or exception of `trusted`. If it returns an awaitable, so does this."""
        if not self.is_sampled(key):
            return trusted()
        try:
            returned = trusted()
        except Exception as error:
            self._start_thread(take_exception(error), candidate, key)
            raise
        if isinstance(returned, Awaitable):
            return cast(Returned, self._await(returned, candidate, key))
        self._start_thread(self._take(returned), candidate, key)
        return returned

    async def _await(self, returned: Awaitable[Any], candidate: Callable[[], Any], key: str | None) -> Any:
        try:
            found = await returned
        except Exception as error:
            self._start_task(take_exception(error), candidate, key)
            raise
        self._start_task(self._take(found), candidate, key)
        return found

    def _take(self, returned: Any) -> Answer | None:
        """None if reading the answer fails: it is counted, and the user gets the answer anyway."""
        try:
            return take_answer(returned)
        except Exception:
            self._kept.count("broken")
            return None

    def _start_thread(self, trusted: Answer | None, candidate: Callable[[], Any], key: str | None) -> None:
        if trusted is None:
            return
        if not self._threads.take_place():
            self._kept.count("skipped")
            return
        run = Run(partial(self._conclude, trusted, key), deadline_s=monotonic_s() + self._timeout_s)
        self._threads.start(candidate, run)

    def _start_task(self, trusted: Answer | None, candidate: Callable[[], Any], key: str | None) -> None:
        if trusted is None:
            return
        if len(self._tasks) >= self._most_at_once:
            self._kept.count("skipped")
            return
        import asyncio  # already loaded if something was awaited

        task = asyncio.get_running_loop().create_task(self._run_task(trusted, candidate, key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_task(self, trusted: Answer, candidate: Callable[[], Any], key: str | None) -> None:
        self._conclude(trusted, key, await run_in_task(candidate, timeout_s=self._timeout_s))

    def _conclude(self, trusted: Answer, key: str | None, candidate: Answer | None) -> None:
        outcome: Outcome = "timed_out"
        signature = ""
        try:
            if candidate is not None:
                differences = find_differences(trusted, candidate, self._rules)
                outcome = "mismatched" if differences else "matched"
                if differences:
                    signature = self._kept.add(differences, now=now())
        except Exception:
            outcome = "broken"
        if outcome != "mismatched":
            self._kept.count(outcome)
        if self.reporter is not None:
            self.reporter.add(self.name, outcome, key=key, signature=signature)


def _make_sampler(name: str) -> Callable[[str | None], float]:
    from random import random  # here and not above: a service that compares everything needs neither

    from leadline.flags.share import bucket_of

    return lambda key: random() if key is None else bucket_of(name, key)


def _seconds(timeout: str | float) -> float:
    if isinstance(timeout, str):
        from leadline.model.durations import parse_duration_s

        return parse_duration_s(timeout)
    return float(timeout)
