"""Nothing that a site wrote can do anything in a page but be read."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.incidents.foreign_text import clean_lines, clean_text, cut


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("\x1b[31mred\x1b[0m alert", "red alert"),
        ("\x1b]8;;http://evil.example\x07click\x1b]8;;\x07", "click"),
        ("abc\u202etxt.exe", "abctxt.exe"),
        ("a\u200bb\ufeffc\x00d", "abcd"),
        ("<script>x</script>", "‹script›x‹/script›"),
        ("<!channel> look", "‹!channel› look"),
        ("@everyone and @here", "＠everyone and ＠here"),
        ("someone@example.com", "someone@example.com"),
        ("[free](http://evil.example)", "[free] (http://evil.example)"),
        ("`rm -rf`", "'rm -rf'"),
        ("two\r\nlines", "two lines"),
        ("Prüfung 結帳 ✓", "Prüfung 結帳 ✓"),
    ],
)
def test_hostile_text_stays_readable_and_harmless(written: str, read: str) -> None:
    assert clean_text(written, limit=100) == read


@given(st.text(max_size=300))
def test_no_control_or_direction_mark_survives(text: str) -> None:
    for line in clean_lines(text):
        assert all(unicodedata.category(character)[0] != "C" for character in line)
        assert not set("<>`") & set(line)


@given(st.text(max_size=300), st.integers(1, 50))
def test_what_is_cut_is_never_longer_than_asked(text: str, limit: int) -> None:
    assert len(clean_text(text, limit=limit)) <= limit


def test_what_was_cut_shows_it() -> None:
    assert cut("abcdef", limit=4) == "abc…"


def test_ten_megabytes_come_out_short() -> None:
    assert len(clean_text("x" * 10_000_000, limit=60)) == 60
