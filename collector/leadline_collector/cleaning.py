"""Takes out of a text what must never touch the disk: e-mail addresses, tokens, card numbers, query strings.

Pure. Errs on the side of cutting. Each pattern starts at the edge of a run and so takes time linear in the text. It
does not try names or postal addresses: whoever writes those into an error message has to stop that.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote_plus

_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]+(?:@|%40)[\w\-]+(?:\.[\w\-]+)+")
# `?a=b…` and `#a=b…`, up to a blank, a quote or the `:10:5` that a stack frame ends with.
_QUERY = re.compile(r"[?#][\w.\-\[\]%]+=[^\s\"'<>()]*?(?=(?::\d+){0,2}(?:[\s\"'<>(),;]|$))")
_NAMED_SECRET = re.compile(
    r"\b(password|passwd|pwd|secret|token|access_token|refresh_token|id_token|api[_-]?key|authorization|auth|"
    r"session_?id|credentials?|csrf|xsrf)\b(\"?\s*[=:]\s*\"?)(?!\[)[^\s\"',;&)}]{3,}",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(bearer|basic)\s+[\w.~+/=\-]{8,}", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[\w\-]{5,}\.[\w\-]+(?:\.[\w\-]*)?")
# Prefixes that their issuers document: Stripe, GitHub, Slack, AWS, GitLab, Google, npm.
_PREFIXED = re.compile(
    r"\b(?:(?:sk|rk)_(?:live|test)_\w{8,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|xox[abeoprs]-[\w\-]{8,}|A(?:KI|SI)A[A-Z0-9]{16}|"
    r"glpat-[\w\-]{16,}|AIza[\w\-]{30,}|npm_\w{30,})"
)
_LONG_RUN = re.compile(r"(?<![A-Za-z0-9_\-])[A-Za-z0-9_\-]{32,}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# ISO/IEC 7812: 13 to 19 digits, often in groups; 2 to 6 begin the payment networks' (a time in ms begins with 1).
_CARD = re.compile(r"(?<!\d)[2-6]\d{3}(?:[ \-]?\d){9,15}(?!\d)")


def clean_text(text: str) -> str:
    """The text without personal data; `[email]`, `[token]`, `[card]` and `[cut]` stand where it was."""
    if "@" in text or "%40" in text:
        text = _EMAIL.sub("[email]", text)
    if "=" in text and ("?" in text or "#" in text):
        text = _QUERY.sub("", text)
    if "eyJ" in text:
        text = _JWT.sub("[token]", text)
    text = _BEARER.sub(r"\1 [cut]", text)
    text = _NAMED_SECRET.sub(r"\1\2[cut]", text)
    text = _PREFIXED.sub("[token]", text)
    if len(text) >= 13:
        text = _CARD.sub(_cut_card, text)
        text = _LONG_RUN.sub(_cut_token, text)
    return text


def clean_url(url: str, allow: Collection[str] = ()) -> str:
    """The address without user, fragment and query, but for the parameters in `allow`, which are cleaned too."""
    url, _, _ = url.partition("#")
    base, _, query = url.partition("?")
    if "@" in base:
        base = _without_user(base)
    kept = "&".join(map(clean_parameter, find_parameters(query, allow)))
    return f"{clean_text(base)}?{kept}" if kept else clean_text(base)


def find_parameters(query: str, allow: Collection[str]) -> list[str]:
    """The `name=value` parts of a query string whose names are in `allow`, as they came."""
    kept: list[str] = []
    for allowed in allow:
        if allowed in query or "%" in query:
            break
    else:
        return kept
    for part in query.split("&"):
        name = part.partition("=")[0]
        if name in allow or ("%" in name and unquote_plus(name) in allow):
            kept.append(part)
    return kept


def clean_parameter(parameter: str) -> str:
    """One `name=value` part, its value decoded and cleaned."""
    name, mark, value = parameter.partition("=")
    return f"{name}{mark}{clean_text(unquote_plus(value)) if value else ''}".replace("&", "%26").replace("#", "%23")


def _without_user(base: str) -> str:
    scheme, mark, rest = base.partition("//")
    if not mark:
        return base
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


def _cut_card(match: re.Match[str]) -> str:
    digits = [int(character) for character in match[0] if character.isdigit()]
    return "[card]" if _passes_luhn(digits) else match[0]


def _passes_luhn(digits: list[int]) -> bool:
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _cut_token(match: re.Match[str]) -> str:
    run = match[0]
    if _UUID.fullmatch(run):
        return run
    has_digit = any(character.isdigit() for character in run)
    has_letter = any(character.isalpha() for character in run)
    return "[token]" if has_digit and has_letter else run
