"""The words that pages are made of: an error as a person would say it, and a span in its largest units."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from leadline.incidents.plain_errors import say_plainly
from leadline.incidents.spans import write_span
from leadline.model import Finding

Place = Callable[..., Finding]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ('Locator expected to be visible\n  waiting for get_by_text("Thank you")', '"Thank you" did not appear'),
        (
            'Locator expected to be hidden\nLocator: get_by_role("dialog", name="Cookies")',
            'dialog "Cookies" is still there',
        ),
        (
            "Locator expected to have text '12.00'\nActual value: 14.00\nCall log:\n  waiting for locator(\"#sum\")",
            '"#sum" was expected to have text \'12.00\', saw "14.00"',
        ),
        (
            "Page expected to have title 'Shop'\nActual value: Login",
            "the page was expected to have title 'Shop', saw \"Login\"",
        ),
        (
            'Locator.click: Timeout 2000ms exceeded.\nCall log:\n  waiting for get_by_role("button", name="Buy")',
            'button "Buy" did not come within 2 s',
        ),
        ("Page.goto: Timeout 10000ms exceeded.", "nothing came within 10 s"),
        (
            "Page.goto: net::ERR_CONNECTION_REFUSED at https://shop.example/",
            "nobody answers: connection refused (https://shop.example/)",
        ),
        (
            "Locator expected to have text 'Thank you'; Actual value: Checkout;"
            ' waiting for get_by_role("heading", level=1)',
            "the heading was expected to have text 'Thank you', saw \"Checkout\"",
        ),
        ("/pay answered 500", "/pay answered 500"),
        ("", "assertion"),
    ],
)
def test_an_error_is_said_in_plain_words(failing: Place, error: str, said: str) -> None:
    assert say_plainly(failing(error_message=error)) == said


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (0, "0 s"), (59, "59 s"), (61, "1 min"), (240, "4 min"), (3600, "1 h"), (7500, "2 h 5 min"),
     (86400, "1 d"), (273_600, "3 d 4 h"), (3599, "1 h")],
)  # fmt: skip
def test_a_span_is_written_in_its_largest_units(seconds: int, words: str) -> None:
    assert write_span(timedelta(seconds=seconds)) == words
