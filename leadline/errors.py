"""Operational failures: what went wrong, whether it goes away by itself, and what the reader can do.

The family, as the edges (route, job, command) see it:

    LeadlineError
    ├── ConfigurationError      exit 2: the file, the environment or the arguments are wrong
    │   ├── HomeHeld            another process holds this home
    │   └── BrowserMissing      no Chromium that Playwright could start
    ├── ServiceUnreachable      exit 3: a running service did not answer
    ├── StorageUnavailable      a file or database can't be used now (disk full, locked, gone)
    │   ├── LogUnavailable      the beacon log: the collector answers 503
    │   ├── RecordsUnavailable  the records
    │   └── StoreUnavailable    DuckDB: busy, upgrading, or killed for memory
    ├── ProbeFault              an error inside Leadline during a run: aborted, never failed
    └── QueryRefused            not one read-only SELECT, or over a limit

Expected outcomes (a verdict, a dropped beacon, a receipt) are values, never exceptions. Bugs are not in this
family: they pass through and end the job.
"""

from __future__ import annotations

__all__ = [
    "BrowserMissing",
    "ConfigurationError",
    "HomeHeld",
    "LeadlineError",
    "LogUnavailable",
    "ProbeFault",
    "QueryRefused",
    "RecordsUnavailable",
    "ServiceUnreachable",
    "StorageUnavailable",
    "StoreUnavailable",
]


class LeadlineError(Exception):
    """An operational failure with a `hint` for the person reading at night.

    `retryable` says whether the same call may succeed later without anybody doing anything.
    """

    retryable = False
    exit_code = 70

    def __init__(self, message: str, *, hint: str = "", retryable: bool | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if retryable is not None:
            self.retryable = retryable

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class ConfigurationError(LeadlineError):
    """The configuration can't be used; nothing was started."""

    exit_code = 2


class HomeHeld(ConfigurationError):
    """Another process works on this home."""


class BrowserMissing(ConfigurationError):
    """No Chromium was found that Playwright could start."""


class ServiceUnreachable(LeadlineError):
    """A running service was asked and did not answer."""

    retryable = True
    exit_code = 3


class StorageUnavailable(LeadlineError):
    """A file or a database can't be used at the moment."""

    retryable = True


class LogUnavailable(StorageUnavailable):
    """The beacon log can't be written."""


class RecordsUnavailable(StorageUnavailable):
    """The records can't be read or written."""


class StoreUnavailable(StorageUnavailable):
    """The store service is not answering."""

    exit_code = 3


class ProbeFault(LeadlineError):
    """Leadline failed during a run (worker, browser, deadline). Says nothing about the site."""

    retryable = True


class QueryRefused(LeadlineError):
    """The SQL is not one read-only SELECT, or it went over a limit."""

    exit_code = 2
