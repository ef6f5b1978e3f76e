"""An error in plain words instead of Playwright's. An unknown error keeps its first line.

The messages are those of Playwright 1.5x to 1.65 (its `expect` and its locators), of Chromium's network errors, and of
Leadline's causes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from leadline.incidents.foreign_text import clean_lines
from leadline.model import Finding

__all__ = ["say_plainly"]

_LOCATOR = re.compile(r"^\s*(?:Locator:|waiting for)\s*(.+?)\s*$")
_QUOTED = re.compile(r"""["'](.+?)["']""")
_ROLE = re.compile(r"""get_by_role\(["'](\w+)["'](?:.*?name=["'](.+?)["'])?""")
_EXPECTED = re.compile(r"^(?:Locator|Page) expected (not )?to (.+)$")
_ACTUAL = re.compile(r"^Actual(?: value)?: (.*)$")
_TIMEOUT = re.compile(r"Timeout (\d+)\s?ms exceeded")
# A result keeps Playwright's lines as one, joined like this.
_JOINED = re.compile(r";\s+(?=Actual(?: value)?: |Expected: |Call log:|Locator: |waiting for )")
_NETWORK = re.compile(r"net::(ERR_[A-Z_]+)(?: at (\S+))?")
_NETWORK_WORDS = {
    "ERR_CONNECTION_REFUSED": "nobody answers: connection refused",
    "ERR_NAME_NOT_RESOLVED": "the host name can't be resolved",
    "ERR_CONNECTION_TIMED_OUT": "no answer: the connection timed out",
    "ERR_CONNECTION_RESET": "the connection was reset",
    "ERR_CONNECTION_CLOSED": "the connection was closed without an answer",
    "ERR_EMPTY_RESPONSE": "the server closed the connection without an answer",
    "ERR_TOO_MANY_REDIRECTS": "too many redirects",
    "ERR_CERT_DATE_INVALID": "the certificate has expired or is not valid yet",
    "ERR_CERT_AUTHORITY_INVALID": "the certificate's issuer is not trusted",
    "ERR_CERT_COMMON_NAME_INVALID": "the certificate is for another name",
    "ERR_SSL_PROTOCOL_ERROR": "TLS failed",
}


def say_plainly(finding: Finding | None) -> str:
    """One line, cleaned but not cut: the error, without the step."""
    if finding is None:
        return "no error was recorded"
    told = _JOINED.sub("\n", finding.error_message or "")
    lines = [line for line in clean_lines(told) if line.strip()]
    if lines:
        return _say_expectation(lines) or _say_timeout(lines) or _say_network(lines) or lines[0].strip()
    if finding.cause:
        return finding.cause.replace("_", " ")
    return "failed without an error text"


def _say_expectation(lines: Sequence[str]) -> str | None:
    expected = _EXPECTED.match(lines[0].strip())
    if expected is None:
        return None
    negated, what = bool(expected[1]), expected[2].strip().rstrip(":")
    thing = _name_of(lines) or ("the page" if lines[0].startswith("Page") else "an element")
    actual = next((match[1].strip() for line in lines if (match := _ACTUAL.match(line.strip()))), None)
    if what == "be visible":
        return f"{thing} is still there" if negated else f"{thing} did not appear"
    if what == "be hidden":
        return f"{thing} is still there"
    seen = f', saw "{actual.strip(chr(34))}"' if actual and actual != "None" else ""
    return f"{thing} was {'not ' if negated else ''}expected to {what}{seen}"


def _say_timeout(lines: Sequence[str]) -> str | None:
    match = next((found for line in lines if (found := _TIMEOUT.search(line))), None)
    if match is None:
        return None
    seconds = int(match[1]) / 1000
    thing = _name_of(lines)
    return f"{thing} did not come within {seconds:g} s" if thing else f"nothing came within {seconds:g} s"


def _say_network(lines: Sequence[str]) -> str | None:
    match = _NETWORK.search(lines[0])
    if match is None or match[1] not in _NETWORK_WORDS:
        return None
    return f"{_NETWORK_WORDS[match[1]]} ({match[2]})" if match[2] else _NETWORK_WORDS[match[1]]


def _name_of(lines: Sequence[str]) -> str | None:
    """A name for a locator: its quoted text, with its role if it has one."""
    locator = next((match[1] for line in lines if (match := _LOCATOR.match(line))), None)
    if locator is None:
        return None
    if (role := _ROLE.search(locator)) is not None:
        return f'{role[1]} "{role[2]}"' if role[2] else f"the {role[1]}"
    quoted = _QUOTED.search(locator)
    return f'"{quoted[1]}"' if quoted else None
