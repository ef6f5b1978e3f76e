"""One-time codes as authenticator apps show them."""

from __future__ import annotations

import pytest

from leadline import totp
from leadline.errors import ConfigurationError
from leadline.journeys.one_time import read_key, totp_at

# RFC 6238, appendix B, SHA-1, cut to six digits: its key is the text 12345678901234567890.
KEY = b"12345678901234567890"


@pytest.mark.parametrize(
    ("now_s", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_the_standard(now_s, code):
    assert totp_at(KEY, now_s) == code


@pytest.mark.parametrize(
    "text",
    [
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
        "otpauth://totp/Shop:me?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Shop",
    ],
)
def test_a_key_is_read_as_sites_show_it(text):
    assert read_key(text, "SHOP_TOTP") == KEY


def test_the_code_of_now_has_six_digits(monkeypatch):
    monkeypatch.setenv("SHOP_TOTP", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    code = totp("SHOP_TOTP")
    assert len(code) == 6
    assert code.isdigit()


def test_what_is_no_key_is_told_by_its_name_only(monkeypatch):
    monkeypatch.setenv("SHOP_TOTP", "not a key 189")
    with pytest.raises(ConfigurationError) as refused:
        totp("SHOP_TOTP")
    assert refused.value.message == "secret SHOP_TOTP is not a key for one-time codes"
