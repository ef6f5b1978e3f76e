"""Each form of an indicator is read, and each slip is answered with what to write."""

from __future__ import annotations

import pytest

from leadline.model.indicators import Indicator, InvalidIndicator, parse_indicator


@pytest.mark.parametrize(
    ("text", "indicator"),
    [
        ("errors", Indicator(kind="errors")),
        ("vital:lcp_ms<2500", Indicator(kind="vital", name="lcp_ms", threshold=2500)),
        ("vital: cls < 0.1", Indicator(kind="vital", name="cls", threshold=0.1)),
        ("kpi:checkout_completed", Indicator(kind="kpi", name="checkout_completed")),
        ("journey:checkout", Indicator(kind="journey", name="checkout")),
        ("check:api", Indicator(kind="check", name="api")),
    ],
)
def test_each_form_is_read(text: str, indicator: Indicator) -> None:
    assert parse_indicator(text) == indicator
    assert parse_indicator(str(indicator)) == indicator


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("error", "did you mean 'errors'?"),
        ("errors:all", "nothing may follow"),
        ("vital:lcp_ms", "write the vital and its threshold"),
        ("vital:lpc_ms<2500", "did you mean 'lcp_ms'?"),
        ("vital:lcp_ms<0", "must be greater than zero"),
        ("journey:", "write journey:NAME"),
        ("", "known forms"),
    ],
)
def test_each_slip_is_answered(text: str, said: str) -> None:
    with pytest.raises(InvalidIndicator, match=said.replace("?", r"\?")):
        parse_indicator(text)
