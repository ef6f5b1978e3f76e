"""Results of comparisons: counts, and mismatches by signature, bounded. Secrets are hashed before."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from leadline.darklaunch.differences import Difference, signature_of
from leadline.darklaunch.paths import Path, Pattern, matches, write_path

__all__ = ["OUTCOMES", "Kept", "Mismatch", "Outcome"]

Outcome = Literal["matched", "mismatched", "timed_out", "skipped", "broken"]
OUTCOMES: tuple[Outcome, ...] = ("matched", "mismatched", "timed_out", "skipped", "broken")
OTHERS = "(others)"
LONGEST_VALUE = 200
# Names of private fields, anywhere in the answer.
_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)?$|secret|token|auth|cookie|session|api_?key|card|cvv|cvc|iban|ssn|e?_?mail|phone|address",
    re.IGNORECASE,
)


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of difference: how often, and the newest example, one `(place, trusted, candidate)` per difference."""

    signature: str
    count: int
    first_at: datetime
    last_at: datetime
    example: tuple[tuple[str, str, str], ...]


class Kept:
    """Safe for any number of threads. At most `most` signatures; the rest is counted under `(others)`."""

    def __init__(self, *, most: int, secret_paths: Sequence[Pattern]) -> None:
        self._most = most
        self._secret_paths = secret_paths
        self._salt = os.urandom(16)
        self._lock = threading.Lock()
        self._counts: dict[Outcome, int] = dict.fromkeys(OUTCOMES, 0)
        self._mismatches: dict[str, Mismatch] = {}

    def count(self, outcome: Outcome) -> None:
        with self._lock:
            self._counts[outcome] += 1

    def add(self, differences: Sequence[Difference], *, now: datetime) -> str:
        """Counts a mismatch and returns its signature."""
        signature = signature_of(differences)[:500]
        example = tuple(self._show(one) for one in differences)
        with self._lock:
            self._counts["mismatched"] += 1
            if signature not in self._mismatches and len(self._mismatches) >= self._most:
                signature, example = OTHERS, ()
            known = self._mismatches.get(signature)
            self._mismatches[signature] = Mismatch(
                signature=signature,
                count=(known.count if known else 0) + 1,
                first_at=known.first_at if known else now,
                last_at=now,
                example=example,
            )
        return signature

    @property
    def counts(self) -> dict[Outcome, int]:
        with self._lock:
            return dict(self._counts)

    @property
    def mismatches(self) -> list[Mismatch]:
        """The most frequent first."""
        with self._lock:
            return sorted(self._mismatches.values(), key=lambda one: -one.count)

    def _show(self, one: Difference) -> tuple[str, str, str]:
        is_secret = self._is_secret(one.path)
        shown = [self._hide(value) if is_secret else self._clean(value) for value in (one.trusted, one.candidate)]
        return write_path(one.path), shown[0], shown[1]

    def _is_secret(self, path: Path) -> bool:
        named = any(isinstance(part, str) and _SECRET_NAME.search(part) for part in path)
        return named or any(matches(pattern, path) for pattern in self._secret_paths)

    def _clean(self, value: Any, *, path: Path = ()) -> str:
        """As text, cut, with secrets inside hashed."""
        return str(self._without_secrets(value, path))[:LONGEST_VALUE]

    def _without_secrets(self, value: Any, path: Path) -> Any:
        if path and self._is_secret(path):
            return self._hide(value)
        if isinstance(value, dict):
            return {name: self._without_secrets(one, (*path, name)) for name, one in value.items()}
        if isinstance(value, list):
            return [self._without_secrets(one, path) for one in value[:20]]
        return value

    def _hide(self, value: Any) -> str:
        """Equal secrets stay equal, within this process; nobody can look them up."""
        if value is None:
            return ""
        from hashlib import blake2b  # late: few answers have one

        return "hashed:" + blake2b(repr(value).encode(), digest_size=8, key=self._salt).hexdigest()
