"""Two addresses of one place are one place, as in a browser (https://url.spec.whatwg.org/#host-parsing)."""

from __future__ import annotations

import pytest

from leadline.model.web_origins import read_origin

SAME = [
    ("https://shop.example", "HTTPS://SHOP.example:443/a?b#c"),
    ("https://shop.example", "https://shop.example."),
    ("https://shop.example", "https://stage:secret@shop.example/"),
    ("http://shop.example", "http://shop.example:80"),
    ("https://xn--mnchen-3ya.example", "https://M\u00dcNCHEN.example"),
    ("https://xn--mnchen-3ya.example", "https://m\u00fcnchen\u3002example"),
    ("https://xn--mnchen-3ya.example", "https://m%C3%BCnchen.example"),
    ("https://xn--strae-oqa.example", "https://stra\u00dfe.example"),
    ("http://[::1]:8000", "http://[0:0:0:0:0:0:0:1]:8000/boom"),
    ("http://[2001:db8::a]", "http://[2001:DB8::000A]"),
    ("http://127.0.0.1", "http://127.1"),
    ("http://127.0.0.1", "http://0x7f.0.0.1"),
    ("http://127.0.0.1", "http://2130706433"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_these_are_the_same_place(one, other):
    assert read_origin(one) == read_origin(other)
    assert str(read_origin(one)) == one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://shop.example", "http://shop.example"),
        ("https://shop.example", "https://shop.example:8443"),
        ("https://shop.example", "https://www.shop.example"),
        ("https://strasse.example", "https://stra\u00dfe.example"),
        ("http://[::1]", "http://[::2]"),
    ],
)
def test_these_are_not(one, other):
    assert read_origin(one) != read_origin(other)


@pytest.mark.parametrize(
    "text", ["", "shop.example", "ftp://shop.example", "http://", "http://:80/", "http://a:99999/", "http://1.2.3.256/"]
)
def test_this_is_no_place(text):
    assert read_origin(text) is None
