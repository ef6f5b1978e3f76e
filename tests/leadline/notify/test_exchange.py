"""What the server at the other end said decides whether a page was delivered. Real sockets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from leadline.model import Receipt, Target

Send = Callable[..., Awaitable[Receipt]]
Receiver = Any


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirected_page_is_not_delivered_and_not_followed(receiver: Receiver, send: Send, status: int) -> None:
    receiver.status = status
    receiver.answer_headers = {"Location": f"http://user:hidden-word@127.0.0.1:{receiver.port}/login?token=hidden-word"}
    receipt = await send(receiver.target("/redirected"))
    assert not receipt.is_accepted
    assert receipt.reason.startswith(f"redirected to http://127.0.0.1:{receiver.port}/login;")
    assert "hidden-word" not in receipt.reason
    assert (len(receiver.bodies), receiver.asked) == (1, [])


async def test_a_redirect_is_told_also_where_the_url_allows_it(receiver: Receiver, send: Send) -> None:
    receiver.status, receiver.answer_headers = 302, {"Location": "/login"}
    receipt = await send(receiver.target("/hook?redirect=yes"))
    assert (receipt.is_accepted, receiver.asked) == (False, [])


async def test_a_redirect_is_not_tried_again_without_the_picture(
    receiver: Receiver, send: Send, screenshot: Path
) -> None:
    receiver.status, receiver.answer_headers = 302, {"Location": "/login"}
    await send(receiver.target(), attachments=(screenshot,))
    assert len(receiver.bodies) == 1


async def test_an_answer_within_the_limit_counts_however_long_the_service_would_wait(
    receiver: Receiver, send: Send
) -> None:
    receiver.answers_after_s = 4.5  # Apprise itself gives up after 4 s
    receipt = await send(receiver.target(), timeout_s=30.0)
    assert (receipt.is_accepted, len(receiver.bodies)) == (True, 1)


async def test_a_limit_of_the_url_does_not_shorten_ours(receiver: Receiver, send: Send) -> None:
    receiver.answers_after_s = 1.5
    receipt = await send(receiver.target("/hook?rto=0.2&cto=0.2"), timeout_s=30.0)
    assert receipt.is_accepted


async def test_an_attempt_that_was_cut_off_may_have_arrived(receiver: Receiver, send: Send, screenshot: Path) -> None:
    receiver.answers_after_s = 30.0
    receipt = await send(receiver.target(), timeout_s=0.5, attachments=(screenshot,))
    assert (receipt.is_accepted, receipt.may_have_arrived) == (False, True)
    assert receipt.reason == "no answer within 0.5 s"
    assert len(receiver.bodies) == 1


async def test_an_answer_that_never_ends_may_have_arrived(receiver: Receiver, send: Send) -> None:
    receiver.is_trickling = True
    receipt = await send(receiver.target(), timeout_s=0.5)
    assert (receipt.is_accepted, receipt.may_have_arrived) == (False, True)


async def test_a_refusal_and_a_closed_port_have_not_arrived(receiver: Receiver, send: Send) -> None:
    receiver.status = 503
    refused = await send(receiver.target())
    receiver.close()
    unreachable = await send(receiver.target())
    assert (refused.may_have_arrived, unreachable.may_have_arrived) == (False, False)


async def test_the_pause_that_a_receiver_asks_for_is_kept(receiver: Receiver, send: Send) -> None:
    receiver.status, receiver.answer_headers = 429, {"Retry-After": "37"}
    assert (await send(receiver.target())).retry_after_s == 37.0
    receiver.answer_headers = {"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}
    assert ((await send(receiver.target())).retry_after_s or 0) > 3600.0
    for said, pause_s in {
        "soon": None,
        "-5": None,
        "\xb2": None,
        "1.5": 1.5,
        "3, 9": 3.0,
        "9" * 400: 31_536_000,
    }.items():
        receiver.answer_headers = {"Retry-After": said}
        assert (await send(receiver.target())).retry_after_s == pause_s


async def test_a_password_with_signs_reaches_its_host_whole(receiver: Receiver, send: Send) -> None:
    url = f"json://user:p%40ss%2Fw0rd%231@127.0.0.1:{receiver.port}/hook"
    assert (await send(Target(name="oncall", url=url))).is_accepted
    import base64

    scheme, _, credentials = receiver.headers[0]["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(credentials)) == ("Basic", b"user:p@ss/w0rd#1")
    receiver.close()
    reason = (await send(Target(name="oncall", url=url))).reason
    assert "p@ss" not in reason
    assert "w0rd" not in reason


LOGIN_PAGES = {
    "a form": b"<!doctype html><html><body><form><input name=u><input type='password' name=p></form></body></html>",
    "a title": b"\xef\xbb\xbf \n<!-- oauth2-proxy -->\n<!DOCTYPE html>\n<html lang=en><head><title>Sign In</title>",
    "a page that logs in by script": b"<html><head><title>Sign in to your account</title></head>" + b" " * 90_000,
    "a hidden redirect": b'<html><head><meta http-equiv="refresh" content="0; url=/login"></head></html>',
    "single sign-on": b'<!doctype html><html><form action="https://sso"><input name="SAMLRequest" value="x"></form>',
}


@pytest.mark.parametrize("answer", LOGIN_PAGES.values(), ids=LOGIN_PAGES)
async def test_a_login_page_is_not_a_receipt_whatever_its_status(
    receiver: Receiver, send: Send, screenshot: Path, answer: bytes
) -> None:
    receiver.answer = answer
    receipt = await send(receiver.target(), attachments=(screenshot,))
    assert (receipt.is_accepted, receipt.may_have_arrived) == (False, False)
    assert receipt.reason.startswith("the server answered with a login page; the page was not delivered")
    assert len(receiver.bodies) == 1


async def test_a_webhook_may_answer_what_it_likes_and_a_web_page_is_said(receiver: Receiver, send: Send) -> None:
    for said in (b"ok", b"<b>Thank you</b>, sign in later", b'{"html": "<!doctype html><input type=password>"}'):
        receiver.answer = said
        receipt = await send(receiver.target())
        assert (receipt.is_accepted, receipt.reason) == (True, "")
    receiver.answer = b"<!doctype html><html><head><title>Shop</title></head><body><div id=app></div></body></html>"
    receipt = await send(receiver.target())
    assert receipt.is_accepted
    assert "the answer is a web page" in receipt.reason


async def test_a_web_page_is_not_how_a_service_with_an_api_answers(receiver: Receiver, send: Send) -> None:
    receiver.answer = b"<!doctype html><html><head><title>Shop</title></head></html>"
    gotify = Target(name="oncall", url=f"gotify://127.0.0.1:{receiver.port}/AbCdEfGhIjK.123")
    receipt = await send(gotify)
    assert not receipt.is_accepted
    assert "web page" in receipt.reason
    receiver.answer = b'{"id": 1}'
    assert (await send(gotify)).is_accepted
