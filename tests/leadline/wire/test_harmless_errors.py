"""Errors that harm nobody are told apart by their type, also where another client wrote them."""

from __future__ import annotations

import pytest

from leadline.wire import HARMLESS_ERROR_TYPES, name_error_type


@pytest.mark.parametrize(
    "message",
    [
        "ResizeObserver loop completed with undelivered notifications.",
        "ResizeObserver loop limit exceeded",
        "Script error.",
        "Script error",
    ],
)
def test_the_browsers_own_words_give_it_away(message: str) -> None:
    assert name_error_type("Error", message) in HARMLESS_ERROR_TYPES


@pytest.mark.parametrize("message", ["ResizeObserver is not defined", "Script error. Really: cart is gone", "loop", ""])
def test_an_error_of_the_page_keeps_its_type(message: str) -> None:
    assert name_error_type("TypeError", message) == "TypeError"
