"""Removes from a text what must never be written to disk: e-mail addresses, tokens, card numbers, query strings.

Pure. In doubt it removes. Each pattern starts at the edge of a run or matches the whole run, and so needs time
linear in the text. It does not look for names or postal addresses: sites that write those into error messages must stop
that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from urllib.parse import unquote_plus

from leadline_collector.redaction.cards import cut_cards

# `%40` is an @ in an address, `%2540` one in an address within an address, `\u0040` one in JSON within JSON and `&#64;`
# one in HTML. The last label begins with a letter, so that `lodash@4.17.21` in a stack is none.
_AT = r"(?:\\*[@\uff20]|%(?:25)*40|\\+u0040|&#(?:64|[xX]40);)"
# RFC 5322's atext but for what is punctuation in a text; an apostrophe within a name; the same escaped. It begins where
# no run of these goes on, or behind another escape (`%20jane`), so that each run is looked at once.
_LOCAL = r"[\w.+\-!$*^~]"
_ESCAPED_LOCAL = r"2[147BbDdEeAa]|5[EeFf]|7[Ee]"
_EMAIL = re.compile(
    rf"(?:(?<!{_LOCAL})(?<!\w')(?<!%(?=[0-9A-Fa-f]{{2}}))|(?<=%(?!{_ESCAPED_LOCAL})[0-9A-Fa-f]{{2}}))"
    rf"(?:{_LOCAL}|(?<=\w)'(?=\w)|%(?:{_ESCAPED_LOCAL}))+?{_AT}"
    r"(?:[\w\-]+(?:\.[\w\-]+)*\.[^\W\d_][\w\-]+|\[[0-9A-Fa-f:.]{7,39}\])"
)
# An address with a scheme, or a path: all of it, so that what follows `?` or `#` can be cut.
_ADDRESS = re.compile(r"(?:://|(?<![^\s\"'(=,\[])\.{0,2}/)[^\s\"'<>()]*")
_TAIL = re.compile(r"[?#]|%(?:25)*(?:3[Ff]|23)")
# The `:10:5` that a stack frame ends with.
_PLACE = re.compile(r"(?::\d+){1,2}[,;.]?$")
_USER = re.compile(r"//[^/@]*@")
# `cart?a=b…` and `cart#a=b…`, up to a blank, a quote or the place.
_QUERY = re.compile(r"[?#](?:[\w.\-\[\]]|%5[BbDd])+=[^\s\"'<>()]*?(?=(?::\d+){0,2}(?:[\s\"'<>(),;]|$))")
# Each begins with a set of characters, which the engine looks for first: ten times as fast as an alternation.
_NAMED_SECRET = re.compile(
    r"([PpSsTtAaCcXx](?i:assword|asswd|assphrase|asscode|wd|(?<=s)id|ecret|oken|pi[_-]?key|uthorization|uth|"
    r"ess(?:ion)?[_-]?id|redentials?|srf)\\*[\"']?\s{0,8}(?:[=:]|%3[AaDd])\s{0,8})"
    r"(?:(\\*[\"'])[^\"'\\]+|(?!\[)[^\s\"'\\,;&)}]{3,})"
)
_SECRET_NAMES = ("pass", "pwd", "secret", "token", "key", "auth", "sess", "sid", "credential", "csrf", "xsrf")
_BEARER = re.compile(r"([Bb](?<!\w.)(?i:earer:?|asic))\s{1,8}[\w.~+/=\-]{8,}")
_JWT = re.compile(r"eyJ(?<![A-Za-z0-9_\-]eyJ)[\w\-]{5,}\.[\w\-]+(?:\.[\w\-]*)?")
# Prefixes that their issuers document: Stripe, OpenAI, Anthropic, GitHub, Slack, AWS, GitLab, Google, npm.
_PREFIXED = re.compile(
    r"[srgxAn](?<!\w.)(?:k_(?:live|test)_\w{8,}|k-(?:proj|ant|svcacct)-[\w\-]{8,}|h[pousr]_\w{16,}|"
    r"ithub_pat_\w{16,}|ox[abeoprs]-[\w\-]{8,}|(?:KI|SI)A[A-Z0-9]{16}|lpat-[\w\-]{16,}|Iza[\w\-]{30,}|pm_\w{30,})"
)
_LONG_RUN = re.compile(r"[A-Za-z0-9_\-](?<![A-Za-z0-9_\-]{2})[A-Za-z0-9_\-]{31,}")
# Base64 with the characters that a path has none of.
_BASE64 = re.compile(r"[A-Za-z0-9+/](?<![A-Za-z0-9+/]{2})[A-Za-z0-9+/]{39,}={0,2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*")
_HOST = re.compile(r"(?:[\w.\-]+|\[[0-9A-Fa-f:.]+\])(?::\d+)?")
# The longest thing that the end of a text that was cut can hold a half of: an e-mail address (RFC 5321: 254).
LONGEST_SECRET = 256


def clean_text(text: str) -> str:
    """The text with personal data replaced by `[email]`, `[token]`, `[card]` and `[cut]`."""
    text = clean_name(text)
    if len(text) < 32:
        return text
    if "+" in text or "=" in text:
        text = _BASE64.sub(_cut_base64, text)
    return _LONG_RUN.sub(_cut_token, text)


def clean_name(name: str) -> str:
    """A version, a tag's name, a fingerprint: as a text, but a run of letters and digits is what it is made of."""
    if "/" in name and ("?" in name or "#" in name or "%" in name or "@" in name):
        name = _ADDRESS.sub(_cut_tail, name)
    if "=" in name and ("?" in name or "#" in name):
        name = _QUERY.sub("", name)
    if "@" in name or "\uff20" in name or ("40" in name and ("%" in name or "\\u" in name)) or "&#" in name:
        name = _EMAIL.sub("[email]", name)
    if "eyJ" in name:
        name = _JWT.sub("[token]", name)
    name = _BEARER.sub(r"\1 [cut]", name)
    lowered = name.lower()
    if any(map(lowered.__contains__, _SECRET_NAMES)):
        name = _NAMED_SECRET.sub(r"\1\2[cut]", name)
    name = _PREFIXED.sub("[token]", name)
    return cut_cards(name) if len(name) >= 13 else name


def clean_url(url: str, allow: Collection[str] = ()) -> str:
    """The address without user, fragment and query, except the parameters in `allow`, which are cleaned too."""
    url, _, _ = url.partition("#")
    base, _, query = url.partition("?")
    if "%" in base and (tail := _TAIL.search(base)) is not None:
        base = base[: tail.start()]
    if "@" in base:
        base = _USER.sub("//", base)
    kept = "&".join(map(clean_parameter, find_parameters(query, allow)))
    return f"{clean_text(base)}?{kept}" if kept else clean_text(base)


def clean_long(clean: Callable[[str], str], text: str, longest: int) -> str:
    """`clean(text)`, at most `longest` characters. Cut last, because half of an address or card would not be
    recognised.
    """
    most = 2 * longest + LONGEST_SECRET
    if len(text) > most:
        return clean(text[:most])[:-LONGEST_SECRET][:longest]
    return clean(text)[:longest]


def origin_of(address: str) -> str:
    """Scheme, host and port; nothing of user or path, and nothing where that is not what the text is made of."""
    scheme, mark, rest = address.partition("://")
    host = re.split(r"[/?#\\]", rest, maxsplit=1)[0].rpartition("@")[2]
    return clean_name(f"{scheme}://{host}") if mark and _SCHEME.fullmatch(scheme) and _HOST.fullmatch(host) else ""


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


def _cut_tail(match: re.Match[str]) -> str:
    address = match[0]
    tail = _TAIL.search(address)
    if tail is not None:
        place = _PLACE.search(address, tail.start())
        address = address[: tail.start()] + (place[0] if place else "")
    return _USER.sub("//", address) if "@" in address else address


def _cut_base64(match: re.Match[str]) -> str:
    run = match[0]
    is_base64 = ("+" in run or run[-1] == "=") and any(map(str.isdigit, run)) and run.upper() != run != run.lower()
    return "[token]" if is_base64 else run


def _cut_token(match: re.Match[str]) -> str:
    run = match[0]
    if _UUID.fullmatch(run):
        return run
    has_digit = any(character.isdigit() for character in run)
    has_letter = any(character.isalpha() for character in run)
    return "[token]" if has_digit and has_letter else run
