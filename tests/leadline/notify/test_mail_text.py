"""Whoever reads a mail as plain text can act from it too."""

from __future__ import annotations

from email import message_from_string, policy

from leadline.incidents import PageLink
from leadline.incidents.page_formats import render
from leadline.notify.plugins import load_apprise

ACT = "https://leadline.example/i/token?a=1&b=2"


def test_the_text_part_of_a_mail_has_the_address_of_each_link_on_a_line_of_its_own() -> None:
    load_apprise()
    from apprise import NotifyFormat
    from apprise.plugins.email.base import NotifyEmail

    links = [PageLink("I am on it", ACT), PageLink("Silence 1 h", f"{ACT}#silence")]
    page = render("DOWN shop buy", ["Since 14:02 UTC."], links, [["What: journey buy"]])
    [mail] = NotifyEmail.prepare_emails(
        subject=page.title,
        body=page.html,
        from_addr=("", "leadline@example.com"),
        to=[("", "ada@example.com")],
        notify_format=NotifyFormat.HTML,
    )
    parts = {
        part.get_content_type(): part.get_content()
        for part in message_from_string(mail.body, policy=policy.default).walk()
        if not part.is_multipart()
    }
    lines = parts["text/plain"].splitlines()
    assert f"I am on it: {ACT}" in lines
    assert f"Silence 1 h: {ACT}#silence" in lines
    assert "<a href=" in parts["text/html"]
