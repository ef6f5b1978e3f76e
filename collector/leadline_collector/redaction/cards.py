"""Finds payment card numbers in a text, whatever is next to them: an expiry date, a check number, a year.

Pure. A number counts if it is written like a card number and passes Luhn's check; one in ten other long numbers
does so too, and is removed. Digits inside a longer run of digits are not examined.
"""

from __future__ import annotations

import re

# Runs of digits with at most two marks between them, long enough for a card. (A lookbehind that comes first would cost
# ten times as much.) The marks are those that people and forms put there: blanks, hyphens, `+` and `%20` in an address.
_MARK = r"(?:[ \t\-+_./\u00a0\u2007\u2009-\u2015\u202f]|%(?:25)*2[0BbDd])"
_RUN = re.compile(rf"[0-9](?<![0-9][0-9])(?:{_MARK}{{0,2}}[0-9]){{12,}}")
_GROUP = re.compile(r"%(?:25)*2[0BbDd]|([0-9]+)")
_FULL_WIDTH = str.maketrans("\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19", "0123456789")
# ISO/IEC 7812: 13 to 19 digits, printed in groups of three and more (4-4-4-4, 4-6-5, 4-4-4-4-3). 3 to 6 begin the
# payment networks' numbers, and 22 to 27; what begins with 20 is a date, with 1 a time in ms.
_FEWEST, _MOST, _SMALLEST_GROUP, _LARGEST_GROUP = 13, 19, 3, 6
_BEGINNING = re.compile(r"[3-6]|2[2-7]")
CUT = "[card]"
# A dump of digits: nobody reads it, and searching it for cards takes long.
_LONGEST_RUN = 256
# Luhn doubles every second digit and adds up the digits of the double.
_DOUBLED = str.maketrans("0123456789", "0246813579")


def cut_cards(text: str) -> str:
    """The text with `[card]` instead of each card number."""
    if not text.isascii():
        text = text.translate(_FULL_WIDTH)
    return _RUN.sub(_cut_run, text)


def is_card(number: float) -> bool:
    """Whether a number sent by a page is a card number."""
    digits = f"{number:.0f}"
    return _FEWEST <= len(digits) <= _MOST and _BEGINNING.match(digits) is not None and _passes_luhn(digits)


def _cut_run(match: re.Match[str]) -> str:
    run = match[0]
    if len(run) > _LONGEST_RUN:
        return CUT
    groups = [group.span(1) for group in _GROUP.finditer(run) if group[1]]
    kept: list[str] = []
    done = first = 0
    while first < len(groups):
        after = _find_end(run, groups, first)
        if after is None:
            first += 1
            continue
        kept += (run[done : groups[first][0]], CUT)
        done = groups[after - 1][1]
        first = after
    return "".join(kept) + run[done:] if done else run


def _find_end(run: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The group after the card that begins with group `first`."""
    if _BEGINNING.match(run, groups[first][0]) is None:
        return None
    digits = ""
    for number in range(first, len(groups)):
        start, end = groups[number]
        digits += run[start:end]
        if end - start < _SMALLEST_GROUP or len(digits) > _MOST:
            return None
        if len(digits) > end - start > _LARGEST_GROUP:  # a decimal, not a card that is written in groups
            return None
        if len(digits) >= _FEWEST and _passes_luhn(digits):
            return number + 1
    return None


def _passes_luhn(digits: str) -> bool:
    return sum(map(int, digits[-1::-2] + digits[-2::-2].translate(_DOUBLED))) % 10 == 0
