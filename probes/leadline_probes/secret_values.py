"""What of a run's configuration must not be told: credentials in addresses, cohort cookies and headers, `${ENV}`.

What names a cohort (`v = "canary"`) is no secret: masked, it would tear every page and trace apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from leadline.journeys.secrets import SHORTEST
from leadline.model.monitors import Cohort
from leadline.model.web_origins import password_in
from leadline.model.worker_messages import CheckAsked, RunAsked

# Headers whose value is a secret whatever it looks like.
_SECRET_NAMES = re.compile(r"auth|cookie|token|secret|passw|session|credential|key|signature", re.IGNORECASE)
# Headers that carry no secret in any API: their values are words of every page.
_OPEN_NAMES = {"user-agent", "host", "accept", "accept-language", "content-type", "baggage", "traceparent", "referer"}
_COHORT_WORDS = {
    *("canary", "baseline", "stable", "shadow", "control", "treatment", "beta", "alpha", "next", "current", "green"),
    *("blue", "true", "false", "always", "never", "staff", "internal", "preview", "production", "staging", "default"),
}


def secrets_of_run(asked: RunAsked) -> tuple[str, ...]:
    """Longest first, so that none masks half of another."""
    return _in_order({*asked.masked, *password_in(asked.base_url), *_of_cohort(asked.cohort)})


def secrets_of_check(asked: CheckAsked) -> tuple[str, ...]:
    headers = _of_pairs(asked.check.headers, is_header=True, known=())
    return _in_order({*asked.masked, *password_in(asked.check.url), *headers, *_of_cohort(asked.cohort)})


def _of_cohort(cohort: Cohort) -> Iterator[str]:
    known = (cohort.name or "",)
    yield from _of_pairs(cohort.cookies, is_header=False, known=known)
    yield from _of_pairs(cohort.headers, is_header=True, known=known)


def _of_pairs(pairs: Mapping[str, str], *, is_header: bool, known: tuple[str, ...]) -> Iterator[str]:
    for name, value in pairs.items():
        if is_header and name.lower() in _OPEN_NAMES:
            continue
        is_named_secret = _SECRET_NAMES.search(name) is not None
        for part in dict.fromkeys([value, *re.split(r"[ ;,=]+", value)] if is_header else [value]):
            is_word = part.lower() in _COHORT_WORDS or part in known or part.lower() in {"basic", "bearer"}
            if is_word or (part != value and not is_named_secret):
                continue
            yield part


def _in_order(values: set[str]) -> tuple[str, ...]:
    return tuple(sorted((value for value in values if len(value) >= SHORTEST), key=lambda value: (-len(value), value)))
