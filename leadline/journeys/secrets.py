"""`secret("SHOP_USER")`: a value from the environment that is masked in all output and evidence of a run.

The value is a `str` like any other for Playwright; what makes it secret is that this process remembers it, so that
trace, log, error messages and screenshots can be searched for it. Values too short to search for are an error.
"""

from __future__ import annotations

import os
from pathlib import Path

from leadline.errors import ConfigurationError
from leadline.textfile import read_text_file

# Masking replaces every occurrence: a value of one or two characters would make traces and logs unreadable.
SHORTEST = 4

_known: dict[str, str] = {}


class MissingSecret(ConfigurationError):
    """A secret is not set on this machine: our fault, never the site's."""


class Secret(str):
    """The value itself; its `repr` is how it was asked for."""

    __slots__ = ("name",)
    name: str

    def __new__(cls, value: str, *, name: str) -> Secret:
        made = super().__new__(cls, value)
        made.name = name
        return made

    def __repr__(self) -> str:
        return f"secret({self.name!r})"


def secret(name: str) -> Secret:
    """The value of the environment variable `name`, or of the file that `name`_FILE names."""
    value = os.environ.get(name)
    if value is None and (file := os.environ.get(f"{name}_FILE")):
        try:
            value = read_text_file(Path(file)).rstrip("\r\n")
        except (OSError, ValueError) as error:
            told = error.strerror if isinstance(error, OSError) else error
            raise MissingSecret(f"secret {name}: {file} can't be read ({told})") from error
    if not value:
        raise MissingSecret(
            f"secret {name} is not set", hint=f"set the environment variable {name}, or {name}_FILE with a file's path"
        )
    if len(value) < SHORTEST:
        raise MissingSecret(
            f"secret {name} is shorter than {SHORTEST} characters",
            hint="so short a value can't be masked; write it into the journey if it is not secret",
        )
    _known[value] = name
    return Secret(value, name=name)


def known_secrets() -> dict[str, str]:
    """Every value that this process has read, with its name; longest first, so that none masks half of another."""
    return dict(sorted(_known.items(), key=lambda pair: -len(pair[0])))
