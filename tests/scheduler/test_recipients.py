"""Several recipients behind one target are several rows: each is told once, whatever becomes of the others."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from scheduler.dispatching import running
from scheduler.mail_sink import MailSink

from leadline.incidents import Observed, Routing
from leadline.model import Finding, NotificationState, Receipt, Subject, Target
from leadline.notify import list_recipients, send_page
from leadline.records import Records

Until = Callable[..., Awaitable[None]]
ACCEPTED, FAILING = NotificationState.ACCEPTED, NotificationState.FAILING
ADA, GONE = "ada@example.com", "gone@example.com"
PAY = Subject(kind="check", name="pay", app="shop", environment="production")


@pytest.fixture
def mail() -> Iterator[MailSink]:
    sink = MailSink(refuses={GONE})
    yield sink
    sink.close()


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A JSON receiver that takes everything: its address, and what it took."""
    taken: list[dict[str, Any]] = []

    class Taking(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"json://127.0.0.1:{server.server_address[1]}/", taken
        server.shutdown()


def known_by(**urls: str) -> dict[str, Target]:
    return {name: Target(name=name, url=url, recipients=list_recipients(url)) for name, url in urls.items()}


def routing_of(known: dict[str, Target], **fields: Any) -> Routing:
    return Routing(targets=tuple(known), recipients={name: one.recipients for name, one in known.items()}, **fields)


def fail(records: Records, routing: Routing, clock: Any, *, is_well: bool = False) -> None:
    finding = Finding(since=clock.now(), summary="fails", error_message="503")
    observed = Observed(findings=() if is_well else (finding,))
    records.commit_findings(PAY, observed, kind="failure", routing=routing, now=clock.now())


def rows(records: Records, transition: str = "open") -> dict[str, tuple[NotificationState, int]]:
    return {one.name: (one.state, one.attempts) for one in records.notifications() if one.transition == transition}


def refusals(records: Records) -> int:
    """Attempts that came to a receipt: a claim alone counts as an attempt already."""
    [row] = [one for one in records.notifications() if one.recipient == GONE and one.transition == "open"]
    return len(records.receipts(row.notification_id))


async def test_one_who_is_refused_is_tried_again_alone(
    make_dispatcher: Any, records: Records, mail: MailSink, hook: Any, turned_clock: Any, until: Until
) -> None:
    url, hooked = hook
    known = known_by(mail=mail.url(GONE, ADA), hook=url)
    fail(records, routing_of(known), turned_clock)
    assert set(rows(records)) == {f"mail/{GONE}", f"mail/{ADA}", "hook"}
    async with running(make_dispatcher(send=send_page, known=known)) as dispatcher:
        await until(lambda: rows(records)[f"mail/{ADA}"] == (ACCEPTED, 1) and rows(records)["hook"] == (ACCEPTED, 1))
        await until(lambda: refusals(records) == 1)
        turned_clock.turn(seconds=5)
        dispatcher.wake()
        await until(lambda: refusals(records) == 2)
        assert rows(records)[f"mail/{GONE}"] == (FAILING, 2)
        mail.refuses.clear()
        turned_clock.turn(seconds=30)
        dispatcher.wake()
        await until(lambda: rows(records)[f"mail/{GONE}"] == (ACCEPTED, 3))
        fail(records, routing_of(known), turned_clock, is_well=True)
        dispatcher.wake()
        await until(lambda: [state for state, _ in rows(records, "resolve").values()] == [ACCEPTED] * 3)
    assert mail.asked.count(ADA) == 2
    assert mail.taken == [(ADA,), (GONE,), *mail.taken[2:]]
    assert sorted(mail.taken[2:]) == [(ADA,), (GONE,)]
    assert len(hooked) == 2
    assert not any(one.is_maybe_duplicate for one in records.notifications())


async def test_what_can_not_be_split_repeats_whole_and_says_so(
    make_dispatcher: Any, records: Records, mail: MailSink, turned_clock: Any, until: Until
) -> None:
    known = {"mail": Target(name="mail", url=mail.url(ADA, GONE))}
    fail(records, routing_of(known), turned_clock)
    async with running(make_dispatcher(send=send_page, known=known)):
        await until(lambda: rows(records) == {"mail": (FAILING, 1)})
    [row] = records.notifications()
    assert row.is_maybe_duplicate
    assert mail.taken == [(ADA,)]


async def test_a_recipient_who_left_the_address_is_not_told_any_more(
    make_dispatcher: Any, records: Records, mail: MailSink, turned_clock: Any, until: Until
) -> None:
    fail(records, routing_of(known_by(mail=mail.url(ADA, "bo@example.com"))), turned_clock)
    async with running(make_dispatcher(send=send_page, known=known_by(mail=mail.url(ADA)))):
        await until(lambda: rows(records)[f"mail/{ADA}"] == (ACCEPTED, 1))
        await until(lambda: rows(records)["mail/bo@example.com"][0] is NotificationState.GIVEN_UP)
    assert mail.asked == [ADA]


def test_who_was_told_as_part_of_the_whole_is_not_told_again_and_who_is_new_is(
    records: Records, mail: MailSink, turned_clock: Any
) -> None:
    whole = Routing(targets=("mail",))
    fail(records, whole, turned_clock)
    split = routing_of(known_by(mail=mail.url(ADA, GONE)))
    assert records.tell_new_targets(routing=split, now=turned_clock.now()) == 0
    fail(records, split, turned_clock, is_well=True)
    assert set(rows(records, "resolve")) == {"mail"}
    fail(records, split, turned_clock)
    replaced = routing_of(known_by(mail=mail.url(ADA, "bo@example.com")))
    assert records.tell_new_targets(routing=replaced, now=turned_clock.now()) == 1
    assert "mail/bo@example.com" in rows(records)


def test_the_fallback_is_told_of_one_refused_recipient_though_the_other_took_it(
    records: Records, mail: MailSink, turned_clock: Any
) -> None:
    known = known_by(mail=mail.url(GONE, ADA), ops="ntfy://ntfy.example.com/one/two", hook="json://127.0.0.1:9/")
    routing = routing_of({"mail": known["mail"]}, fallback="ops")
    fail(records, routing, turned_clock)
    for _ in range(8):
        for claimed in records.claim_due(owner="me", now=turned_clock.now(), lease_s=30, limit=10, exclude_targets=()):
            one = claimed.notification
            if one.target == "ops":
                continue
            records.record_receipt(
                one.notification_id,
                Receipt(is_accepted=one.recipient == ADA, duration_ms=1, reason="550"),
                now=turned_clock.now(),
                next_attempt_at=turned_clock.now(),
                attempt=one.attempts,
                fallback="ops",
                fallback_recipients=known["ops"].recipients,
            )
        turned_clock.turn(seconds=10)
    assert rows(records)["ops/one"] == (NotificationState.PENDING, 1)
    assert rows(records)["ops/two"] == (NotificationState.PENDING, 1)
