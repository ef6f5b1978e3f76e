"""A target's address is taken apart into its recipients, or left whole."""

from __future__ import annotations

import pytest

from leadline.notify import list_recipients
from leadline.notify.plugins import make_plugin

BOTH = ("ada@example.com", "bo@example.com")


@pytest.mark.parametrize(
    ("url", "recipients"),
    [
        ("mailto://127.0.0.1:25?from=a@example.com&to=ada@example.com,bo@example.com", BOTH),
        ("mailto://127.0.0.1:25/ada@example.com/bo@example.com?from=a@example.com", BOTH),
        ("mailto://127.0.0.1:25?from=a@example.com&to=Ada <ada@example.com>&cc=bo@example.com", BOTH),
        ("mailto://127.0.0.1:25?from=a@example.com&to=ada@example.com&bcc=ada@example.com,bo@example.com", BOTH),
        ("ntfy://ntfy.example.com/pages/more", ("pages", "more")),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/-4444:5", ("12315544", "-4444:5")),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/%23ops/@ada", ("#ops", "@ada")),
        ("matrix://u:p@example.com/%23ops/%23more:example.org", ("#ops", "#more:example.org")),
        ("json://127.0.0.1/ada/bo", ()),
        ("bark://example.com/secretkey1/secretkey2", ()),
    ],
)
def test_each_recipient_is_named_as_it_stands_in_the_address(url: str, recipients: tuple[str, ...]) -> None:
    assert list_recipients(url) == recipients
    assert [len(make_plugin(url, recipient=one)) for one in recipients] == [1] * len(recipients)


def test_who_gets_a_copy_is_mailed_once_and_not_with_each_of_the_others() -> None:
    url = "mailto://127.0.0.1:25?from=a@example.com&to=ada@example.com&cc=bo@example.com"
    plugin = make_plugin(url, recipient="ada@example.com")
    assert plugin.targets == [(False, "ada@example.com")]
    assert not plugin.cc
