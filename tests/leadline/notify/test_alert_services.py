"""On-call services keep an alert per key: each message finds it, its end closes it, a test page leaves none open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from leadline.model import Receipt, Target
from leadline.notify.plugins import Naming, keeps_alerts, load_apprise, make_plugin

Send = Callable[..., Awaitable[Receipt]]
Receiver = Any
NAMING = Naming(incident_id="01JINCIDENT", transition="open", idempotency_key="01JINCIDENT/open/oncall")
OPSGENIE = "opsgenie://8b799edf-6f98-4d3a-9be7-2862fb4e5752"
JIRA = "jira://8b799edf-6f98-4d3a-9be7-2862fb4e5752"
PAGERDUTY = f"pagerduty://{'a' * 32}@token1234"


@pytest.fixture
def answering(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """What stands for the services' own addresses."""
    load_apprise()
    from apprise.plugins import jira, opsgenie, pagerduty

    address = f"http://127.0.0.1:{receiver.port}"
    monkeypatch.setattr(pagerduty, "PAGERDUTY_API_LOOKUP", dict.fromkeys(pagerduty.PAGERDUTY_API_LOOKUP, address))
    monkeypatch.setattr(opsgenie, "OPSGENIE_API_LOOKUP", dict.fromkeys(opsgenie.OPSGENIE_API_LOOKUP, address))
    monkeypatch.setattr(jira, "JIRA_API_LOOKUP", dict.fromkeys(jira.JIRA_API_LOOKUP, address))
    receiver.status, receiver.answer = 202, b'{"result": "Request will be processed", "requestId": "43a29c5c"}'
    return receiver


@pytest.mark.parametrize(
    ("url", "field"),
    [
        (PAGERDUTY, "dedup"),
        (OPSGENIE, "alias"),
        (JIRA, "alias"),
        ("splunk://route@apikey1234", "entity_id"),
        ("pagertree://int_1234567890", "thirdparty"),
        ("signl4://secret1234", "external_id"),
        ("goalert://token1234@127.0.0.1", "dedup"),
    ],
)
def test_each_service_gets_the_incident_as_its_key_and_closes_the_alert_at_the_end(url: str, field: str) -> None:
    plugin: Any = make_plugin(url, NAMING)
    assert (getattr(plugin, field), plugin.action) == ("01JINCIDENT", "map")


@pytest.mark.parametrize("url", [OPSGENIE, JIRA])
async def test_an_end_closes_the_alert_whichever_process_opened_it(url: str, answering: Receiver, send: Send) -> None:
    target = Target(name="oncall", url=url)
    for transition in ("open", "change", "resolve"):
        assert (await send(target, transition=transition)).is_accepted
    alias = "/01JINCIDENT/{}?identifierType=alias"
    assert [path.rstrip("/") for path in answering.posted] == ["", alias.format("notes"), alias.format("close")]
    assert answering.bodies[0]["alias"] == "01JINCIDENT"


async def test_an_end_that_is_refused_is_not_accepted(answering: Receiver, send: Send) -> None:
    answering.status = 422
    receipt = await send(Target(name="oncall", url=OPSGENIE), transition="resolve")
    assert (receipt.is_accepted, "422" in receipt.reason) == (False, True)


async def test_a_test_page_opens_an_alert_and_closes_it(answering: Receiver, send: Send) -> None:
    assert (await send(Target(name="oncall", url=OPSGENIE), transition="test")).is_accepted
    assert [path.rstrip("/") for path in answering.posted] == ["", "/01JINCIDENT/close?identifierType=alias"]
    assert (await send(Target(name="oncall", url=PAGERDUTY), transition="test")).is_accepted
    actions = [(body["event_action"], body["dedup_key"]) for body in answering.bodies[2:]]
    assert actions == [("trigger", "01JINCIDENT"), ("resolve", "01JINCIDENT")]


async def test_a_test_page_whose_alert_stays_open_says_so(answering: Receiver, send: Send) -> None:
    answering.refused_words = "resolve"
    receipt = await send(Target(name="oncall", url=PAGERDUTY), transition="test")
    assert (receipt.is_accepted, receipt.reason[:29]) == (True, "its alert could not be closed")


async def test_a_test_page_that_nobody_takes_closes_nothing(answering: Receiver, send: Send) -> None:
    answering.status = 500
    assert not (await send(Target(name="oncall", url=PAGERDUTY), transition="test")).is_accepted
    assert len(answering.posted) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b'{"ok": false, "error": "channel_not_found"}',
        b'{"success": false, "message": "no such team"}',
        b'{"errcode": 310000, "errmsg": "keywords not in content"}',
        b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429",
    ],
)
async def test_an_answer_that_says_no_with_a_status_of_success_is_no_receipt(
    answer: bytes, receiver: Receiver, send: Send
) -> None:
    receiver.answer = answer
    receipt = await send(receiver.target())
    assert not receipt.is_accepted
    assert answer.decode()[-20:] in receipt.reason


@pytest.mark.parametrize(
    "answer",
    [
        b'{"ok": true}',
        b'{"errcode": 0}',
        b"ok",
        b"{not json",
        b"[false]",
        b'{"success": null}',
        b"\xff{",
        b'{"a":' * 9_000,
    ],
)
async def test_any_other_answer_with_a_status_of_success_is_one(answer: bytes, receiver: Receiver, send: Send) -> None:
    receiver.answer = answer
    assert (await send(receiver.target())).is_accepted


async def test_a_service_that_sends_nothing_has_not_taken_the_page(
    receiver: Receiver, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_apprise()
    from apprise.plugins.custom_json import NotifyJSON

    monkeypatch.setattr(NotifyJSON, "send", lambda self, *given, **named: True)
    receipt = await send(receiver.target())
    assert (receipt.is_accepted, receipt.reason) == (False, "the service sent nothing")


async def test_only_the_outbox_repeats_whatever_the_users_url_says(receiver: Receiver, send: Send) -> None:
    receiver.status = 503
    receipt = await send(receiver.target("/hook?retry=3&wait=0.01"))
    assert (receipt.is_accepted, len(receiver.bodies)) == (False, 1)


@pytest.mark.parametrize(
    ("url", "keeps"),
    [
        (PAGERDUTY, True),
        (OPSGENIE, True),
        ("json://127.0.0.1:9/hook", False),
        ("mailto://127.0.0.1:9/?from=a@b.example&to=c@d.example", False),
        ("not an address", False),
    ],
)
def test_a_service_keeps_an_alert_for_each_message_if_it_has_a_key(url: str, keeps: bool) -> None:
    assert keeps_alerts(url) is keeps
