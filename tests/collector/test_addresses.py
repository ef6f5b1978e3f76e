"""Whose request it is: behind which proxies, in which form, and without letting anybody choose."""

from __future__ import annotations

import pytest

from leadline_collector.admission.policy import OriginRule
from leadline_collector.intake.arrival import merge_headers
from leadline_collector.redaction.addresses import Addresses
from leadline_collector.redaction.agents import Agents

TRUSTED = ["127.0.0.1", "::1", "10.0.0.0/8"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "sender"),
    [
        ("127.0.0.1", None, ""),
        ("::1", None, ""),
        ("::ffff:127.0.0.1", None, ""),
        ("203.0.113.7", None, "203.0.113.7"),
        ("203.0.113.7", b"198.51.100.1", "203.0.113.7"),
        ("127.0.0.1", b"203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", b"198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", b"203.0.113.7, 10.1.1.1", "203.0.113.7"),
        ("127.0.0.1", b"203.0.113.7:4711", "203.0.113.7"),
        ("127.0.0.1", b"10.0.0.3, 10.0.0.4", "10.0.0.3"),
        ("127.0.0.1", b"127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", b"unknown", "127.0.0.1"),
        ("127.0.0.1", b"", "127.0.0.1"),
        ("2001:db8:1:2:3::4", None, "2001:db8:1:2::"),
        ("127.0.0.1", b"[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::"),
        ("127.0.0.1", b"2001:0DB8:1:2:0:0:0:5", "2001:db8:1:2::"),
    ],
)
def test_the_sender_is_the_nearest_that_no_trusted_proxy_has(peer: str, forwarded: bytes | None, sender: str) -> None:
    assert Addresses(TRUSTED).find_sender(peer, forwarded) == sender


def test_each_proxy_may_add_a_line_of_its_own() -> None:
    lines = [(b"x-forwarded-for", b"203.0.113.7"), (b"host", b"x"), (b"x-forwarded-for", b"10.0.0.4")]
    headers = merge_headers(lines)
    assert Addresses(TRUSTED).find_sender("127.0.0.1", headers[b"x-forwarded-for"]) == "203.0.113.7"


def test_long_headers_are_not_remembered() -> None:
    addresses, agents, origins = Addresses(TRUSTED), Agents(), OriginRule(["https://shop.example"], None)
    for number in range(10):
        long = b"%d" % number + b", " * 10_000
        assert addresses.find_sender("127.0.0.1", long) == "127.0.0.1"
        assert agents.read(long).text == long[:512].decode()
        assert not origins.allows(long)
    kept = [*addresses._senders, *addresses._is_trusted, *agents._known, *origins._known]
    assert sum(len(str(each)) for each in kept) < 1000


@pytest.mark.parametrize("said", ["https://shop.example", "https://shop.example:443", "HTTPS://SHOP.example/"])
def test_an_origin_is_written_as_a_browser_says_it(said: str) -> None:
    assert OriginRule([said], None).allows(b"https://shop.example")
    assert OriginRule([], said).allows(b"https://shop.example")
    assert not OriginRule([said], None).allows(b"https://shop.example:8443")


@pytest.mark.parametrize(
    ("allowed", "sent"),
    [
        ("https://b\u00fccher.example", "https://xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example."),
        ("http://[0:0:0:0:0:0:0:1]:8000", "http://[::1]:8000"),
        ("https://*.B\u00dcCHER.example:443", "https://www.xn--bcher-kva.example"),
        ("http://127.1", "http://127.0.0.1"),
    ],
)
def test_hosts_are_compared_as_browsers_compare_them(allowed: str, sent: str) -> None:
    assert OriginRule([allowed], None).allows(sent.encode())
    assert not OriginRule([allowed], None).allows(b"https://shop.example")
