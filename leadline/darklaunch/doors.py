"""`compare`: the one name that a service imports."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from leadline.clock import monotonic_s
from leadline.darklaunch.candidates import WriteRefused, is_candidate
from leadline.darklaunch.comparison import Comparison
from leadline.darklaunch.outcomes import Mismatch, Outcome

if TYPE_CHECKING:
    from leadline.darklaunch.sender import Reporter

__all__ = ["Compare", "compare"]

Given = ParamSpec("Given")
Returned = TypeVar("Returned")


class Compare:
    """`compare(name, trusted, candidate, key=…)`; the other methods configure it and return results."""

    def __init__(self) -> None:
        self._comparisons: dict[str, Comparison] = {}
        self._reporter: Reporter | None = None
        self._lock = threading.Lock()

    def __call__(
        self, name: str, trusted: Callable[[], Returned], candidate: Callable[[], Any], *, key: str | None = None
    ) -> Returned:
        """Returns or raises what `trusted` does; `candidate` runs in the background and never affects the caller."""
        comparison = self._comparisons.get(name)
        return (comparison or self.configure(name))(trusted, candidate, key=key)

    def configure(self, name: str, **options: Any) -> Comparison:
        """Makes a comparison with the options of `Comparison`, or replaces it."""
        with self._lock:
            made = self._comparisons[name] = Comparison(name, **options)
            made.reporter = self._reporter
            return made

    def against(
        self,
        candidate: Callable[Given, Any],
        *,
        name: str | None = None,
        key: Callable[Given, str] | None = None,
        **options: Any,
    ) -> Callable[[Callable[Given, Returned]], Callable[Given, Returned]]:
        """A decorator for the trusted function: `@compare.against(new_price, key=user_of, share=0.1)`."""

        def decorate(trusted: Callable[Given, Returned]) -> Callable[Given, Returned]:
            comparison = self.configure(name or trusted.__name__, **options)

            @wraps(trusted)
            def compared(*args: Given.args, **kwargs: Given.kwargs) -> Returned:
                return comparison(
                    lambda: trusted(*args, **kwargs),
                    lambda: candidate(*args, **kwargs),
                    key=None if key is None else key(*args, **kwargs),
                )

            return compared

        return decorate

    def report_to(self, url: str, *, key: str, version: str | None = None, cohort: str | None = None) -> None:
        """Sends outcomes to this collector from now on, as events of `version`: NAME_matched and NAME_mismatched."""
        from leadline.darklaunch.sender import Reporter

        reporter = Reporter(url, key=key, version=version, cohort=cohort)
        with self._lock:
            self._reporter = reporter
            for comparison in self._comparisons.values():
                comparison.reporter = reporter

    def counts(self, name: str) -> dict[Outcome, int]:
        """By outcome; KeyError for an unknown comparison."""
        return self._comparisons[name].counts

    def mismatches(self, name: str) -> list[Mismatch]:
        """By signature, the most frequent first."""
        return self._comparisons[name].mismatches

    def is_candidate(self) -> bool:
        """Whether the code that asks runs as a candidate."""
        return is_candidate()

    def refuse_write(self, what: str = "this write") -> None:
        """Raises WriteRefused in a candidate: call it where your code writes, pays or mails."""
        if is_candidate():
            raise WriteRefused(f"{what} was refused: it runs as a candidate")

    def flush(self, timeout: float = 5.0) -> bool:
        """Waits until the outcomes of finished candidates were sent; False if that takes too long."""
        deadline_s = monotonic_s() + timeout
        return self._reporter is None or self._reporter.flush(max(0.0, deadline_s - monotonic_s()))


compare = Compare()
