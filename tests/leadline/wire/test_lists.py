"""Lists in one text: commas, and quotes as in CSV."""

from __future__ import annotations

import pytest

from leadline.wire.lists import parse_list


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("1.4.2,1.5.0", ["1.4.2", "1.5.0"]),
        (" 1.4.2 , 1.5.0, ", ["1.4.2", "1.5.0"]),
        ('1.4.2,"release/2026-11, hotfix 3 & more #1"', ["1.4.2", "release/2026-11, hotfix 3 & more #1"]),
        ('"say ""hi"""', ['say "hi"']),
        ("1.5.0+build.7,100%25 naïve ☕", ["1.5.0+build.7", "100%25 naïve ☕"]),
        ("", []),
    ],
)
def test_entries_are_separated_by_commas_and_may_be_quoted(text: str, entries: list[str]) -> None:
    assert parse_list(text) == entries


def test_a_quote_that_does_not_end_is_said() -> None:
    with pytest.raises(ValueError, match="unclosed quote"):
        parse_list('1.4.2,"1.5.0')
