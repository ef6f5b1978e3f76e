"""One attempt at one target comes to a receipt, in time, without secrets. Real sockets."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from leadline.clock import monotonic_s
from leadline.incidents import PageLink, PageText
from leadline.model import Receipt, Target
from leadline.notify import send_page
from leadline.notify.attempt import _choose_form
from leadline.notify.plugins import Naming, make_plugin
from leadline.notify.stoppable_thread import StillHanging, run_attempt

Send = Callable[..., Awaitable[Receipt]]
Receiver = Any


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def page_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "page"]


async def until(claim: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not claim():
            await asyncio.sleep(0.02)


async def test_a_page_arrives_with_title_text_and_what_it_is_known_by(receiver: Receiver, send: Send) -> None:
    receipt = await send(receiver.target())
    assert (receipt.is_accepted, receipt.reason) == (True, "")
    [body] = receiver.bodies
    assert body["title"] == "shop checkout fails"
    assert body["message"].startswith("pay: expected it\nSince 14:02 UTC\n\nWhat: ")
    assert (body["incident_id"], body["transition"], body["type"]) == ("01JINCIDENT", "open", "failure")
    assert body["idempotency_key"] == receiver.headers[0]["Idempotency-Key"] == "01JINCIDENT/open/oncall"


async def test_json_lists_every_incident_that_the_page_tells_of(receiver: Receiver) -> None:
    await send_page(
        receiver.target(), PageText("DOWN 2 monitors", "Which"), attachments=(), idempotency_key="k", incident_id="a",
        others=["b", "c"], transition="open", timeout_s=20.0,
    )  # fmt: skip
    assert (receiver.bodies[0]["incident_id"], receiver.bodies[0]["incident_ids"]) == ("a", ["a", "b", "c"])


@pytest.mark.parametrize("schema", ["form", "xml"])
def test_forms_and_xml_have_the_incidents_with_commas(schema: str) -> None:
    naming = Naming(incident_id="a", transition="open", idempotency_key="k", others=("b",))
    plugin: Any = make_plugin(f"{schema}://127.0.0.1/hook", naming)
    assert plugin.payload_extras["incident_ids"] == "a,b"


async def test_a_resolve_is_a_success_to_the_service(receiver: Receiver, send: Send) -> None:
    await send(receiver.target(), transition="resolve")
    assert receiver.bodies[0]["type"] == "success"


async def test_what_the_users_url_says_for_itself_is_left_as_it_is(receiver: Receiver, send: Send) -> None:
    await send(receiver.target("/hook?:team=web&:incident_id=mine&+X-Team=web"))
    assert (receiver.bodies[0]["team"], receiver.bodies[0]["incident_id"]) == ("web", "mine")
    assert receiver.headers[0]["X-Team"] == "web"


async def test_an_error_of_the_target_is_a_receipt_with_its_reason(receiver: Receiver, send: Send) -> None:
    receiver.status = 503
    receipt = await send(receiver.target())
    assert not receipt.is_accepted
    assert "503" in receipt.reason


async def test_a_target_that_nobody_listens_at_is_a_receipt(send: Send) -> None:
    receipt = await send(Target(name="oncall", url=f"json://127.0.0.1:{free_port()}/hook"))
    assert not receipt.is_accepted
    assert "onnection" in receipt.reason


async def test_a_target_that_apprise_can_not_parse_is_a_receipt(send: Send) -> None:
    receipt = await send(Target(name="oncall", url="slack://only-one-token"))
    assert (receipt.is_accepted, receipt.reason) == (False, "Apprise can't send to this slack:// address")


async def test_a_service_marked_optional_in_its_url_still_counts_as_refused(receiver: Receiver, send: Send) -> None:
    receiver.status = 500
    receipt = await send(receiver.target("/hook?optional=yes"))
    assert not receipt.is_accepted


async def test_a_screenshot_is_attached(receiver: Receiver, send: Send, screenshot: Path) -> None:
    receipt = await send(receiver.target(), attachments=(screenshot,))
    assert receipt.is_accepted
    [attachment] = receiver.bodies[0]["attachments"]
    assert attachment["filename"] == screenshot.name


async def test_a_screenshot_that_is_gone_does_not_cost_the_page(receiver: Receiver, send: Send, tmp_path: Path) -> None:
    receipt = await send(receiver.target(), attachments=(tmp_path / "gone.png",))
    assert receipt.is_accepted
    assert receiver.bodies[0]["attachments"] == []


async def test_what_is_refused_with_attachments_is_sent_without_in_the_same_attempt(
    receiver: Receiver, send: Send, screenshot: Path
) -> None:
    receiver.refuses_attachments = True
    receipt = await send(receiver.target(), attachments=(screenshot,))
    assert receipt.is_accepted
    assert "without attachments" in receipt.reason
    assert [len(body["attachments"]) for body in receiver.bodies] == [1, 0]


async def test_a_target_that_trickles_holds_nobody_and_leaves_no_thread(receiver: Receiver, send: Send) -> None:
    receiver.is_trickling = True
    began_s = monotonic_s()
    receipt = await send(receiver.target(), timeout_s=1.5)
    assert (receipt.is_accepted, receipt.reason) == (False, "no answer within 1.5 s")
    assert receipt.duration_ms >= 1500
    assert monotonic_s() - began_s < 15  # the trickle itself would take 5,000 s
    await until(lambda: page_threads() == [])


async def test_the_event_loop_goes_on_while_a_target_is_slow(receiver: Receiver, send: Send) -> None:
    receiver.is_trickling = True
    sending = asyncio.create_task(send(receiver.target(), timeout_s=1.0))
    turns = 0
    while not sending.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 10
    await until(lambda: page_threads() == [])


async def test_a_send_that_is_cancelled_leaves_no_thread(receiver: Receiver, send: Send) -> None:
    receiver.is_trickling = True
    sending = asyncio.create_task(send(receiver.target(), timeout_s=60))
    await until(lambda: len(receiver.bodies) == 1)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await until(lambda: page_threads() == [])


async def test_a_target_whose_threads_do_not_end_gets_no_further_ones() -> None:
    release = threading.Event()
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await run_attempt("deaf", lambda: release.wait(60), timeout_s=0.05)
    with pytest.raises(StillHanging):
        await run_attempt("deaf", lambda: None, timeout_s=1)
    assert await run_attempt("other", lambda: "sent", timeout_s=10) == "sent"
    release.set()
    await until(lambda: page_threads() == [])
    assert await run_attempt("deaf", lambda: "sent", timeout_s=10) == "sent"


async def test_a_bug_in_a_service_is_not_taken_for_its_no() -> None:
    with pytest.raises(ZeroDivisionError):
        await run_attempt("oncall", lambda: 1 // 0, timeout_s=10)


async def test_no_secret_of_a_target_gets_into_receipts_or_logs(
    receiver: Receiver, send: Send, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = ("hunter2pass", "T0SECRETPATH", "sEcReTquery")
    said = []
    for status in (500, 404):
        receiver.status = status
        rest = f"/hooks/{secrets[1]}?-token={secrets[2]}"
        said.append((await send(receiver.target(rest, user=f"bot:{secrets[0]}@"))).reason)
    closed = Target(name="oncall", url=f"json://bot:{secrets[0]}@127.0.0.1:{free_port()}/hooks/{secrets[1]}")
    said.append((await send(closed)).reason)
    assert all(said)
    assert len(receiver.bodies) == 2
    everything = " ".join([*said, caplog.text, *capfd.readouterr()])
    assert [secret for secret in secrets if secret in everything] == []


async def test_a_service_gets_the_form_it_shows_best(receiver: Receiver) -> None:
    page = PageText("DOWN shop", "one\ntwo", markdown="**one**", html="<p>one</p>")
    said = []
    for asked in ("", "?format=markdown", "?format=html"):
        await send_page(
            receiver.target(f"/hook{asked}"), page, attachments=(), idempotency_key="k", incident_id="i",
            transition="open", timeout_s=20.0,
        )  # fmt: skip
        said.append(receiver.bodies[-1]["message"])
    assert said == ["one\ntwo", "**one**", "<p>one</p>"]


async def test_a_form_that_does_not_fit_goes_as_text() -> None:
    page = PageText("DOWN shop", "x" * 5000, markdown="y" * 5000)
    body, form = _choose_form(page, make_plugin("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?format=markdown"))
    assert (body[0], body[-1], len(body) <= 2000, form) == ("x", "…", True, "text")


def test_ntfy_gets_buttons_that_open_and_do_nothing_by_themselves() -> None:
    links = (PageLink("I am on it", "https://ops.example/i/a;b,c"), PageLink("Trace", "https://ops.example/t"))
    plugin = make_plugin("ntfy://127.0.0.1/topic", links=links)
    assert plugin.click == "https://ops.example/i/a;b,c"
    said = plugin.url()
    assert "view%2C+I+am+on+it" in said.replace("%20", "+")
    assert "http%2C" not in said
