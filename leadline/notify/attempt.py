"""One attempt at one target: within a total time, and always with a receipt.

It does not retry (the outbox does, and must see every attempt), and an attachment never prevents the page: one
that is missing is left out, and a message rejected with attachments is sent once more without, in the same attempt.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from leadline.clock import monotonic_s
from leadline.incidents import PageText
from leadline.model import Receipt, Target, TransitionKind
from leadline.notify.alert_services import closes_alerts
from leadline.notify.buttons import list_buttons
from leadline.notify.exchange import Exchange, watch
from leadline.notify.masking import mask_secrets
from leadline.notify.plugins import Naming, UnusableTarget, load_apprise, make_plugin, make_sender
from leadline.notify.stoppable_thread import StillHanging, run_attempt
from leadline.notify.web_pages import judge_web_page

__all__ = ["send_page"]

# Without that header, a few services write the wait into their text.
_RETRY_AFTER = re.compile(r"retry[ _-]?after\D{0,3}(\d{1,5})", re.IGNORECASE)
# Logged by Apprise's services when nothing has reached the target: then the attachment is not the reason.
_NOTHING_REACHED = ("Connection error", "connection error", "did not finish within")


@dataclass(frozen=True, slots=True)
class _Outcome:
    is_accepted: bool
    reason: str
    is_masked: bool = False
    may_be_partial: bool = False  # one of several recipients may have it


async def send_page(
    target: Target,
    page: PageText,
    *,
    attachments: Sequence[Path],
    idempotency_key: str,
    incident_id: str,
    transition: str,
    timeout_s: float,
    others: Sequence[str] = (),
    group_id: str | None = None,
) -> Receipt:
    """The result of one attempt; `others` are the ids of further incidents in the message, `group_id` is the key that
    an opening and its end share, for services that group alerts. Never takes longer
    than `timeout_s` (except for loading Apprise, the first time), never raises because of a target."""
    naming = Naming(
        incident_id=incident_id,
        transition=transition,
        idempotency_key=idempotency_key,
        others=tuple(others),
        group_id=group_id,
    )
    await asyncio.to_thread(load_apprise)
    began_s = monotonic_s()
    buttons = list_buttons(_schema_of(target), page.links)
    exchange = Exchange(deadline_s=began_s + timeout_s, buttons=buttons)
    action = partial(_send, target, page, attachments=tuple(attachments), naming=naming, exchange=exchange)
    try:
        outcome = await run_attempt(target.name, action, timeout_s=timeout_s)
    except TimeoutError:
        outcome = _Outcome(False, f"no answer within {timeout_s:g} s")
        # Some services don't use HTTP (mail, MQTT): it is not known how far they got.
        exchange.may_have_arrived = exchange.may_have_arrived or not exchange.has_timed_out
    except (StillHanging, UnusableTarget) as error:
        outcome = _Outcome(False, str(error))
    if exchange.has_timed_out and not outcome.is_accepted:
        outcome = _Outcome(False, f"no answer within {timeout_s:g} s")
    return Receipt(
        is_accepted=outcome.is_accepted,
        duration_ms=(monotonic_s() - began_s) * 1000,
        reason=outcome.reason if outcome.is_masked else mask_secrets(outcome.reason, target.url),
        retry_after_s=None if outcome.is_accepted else _asked_pause_s(exchange, outcome.reason),
        may_have_arrived=not outcome.is_accepted and (exchange.may_have_arrived or outcome.may_be_partial),
    )


def _asked_pause_s(exchange: Exchange, reason: str) -> float | None:
    if exchange.retry_after_s is not None:
        return exchange.retry_after_s
    asked = _RETRY_AFTER.search(reason)
    return float(asked[1]) if asked else None


def _send(
    target: Target, page: PageText, *, attachments: Sequence[Path], naming: Naming, exchange: Exchange
) -> _Outcome:
    """Blocks; runs in the attempt's thread."""
    present = [path for path in attachments if path.is_file()]
    outcome = _notify_watched(target, page, present, naming, exchange)
    is_final = exchange.redirected_to is not None or exchange.has_timed_out or exchange.may_have_arrived
    is_final = is_final or exchange.web_page is not None  # who answers with a page does not know of attachments
    if outcome.is_accepted or not present or is_final or any(sign in outcome.reason for sign in _NOTHING_REACHED):
        return outcome
    bare = _notify_watched(target, page, [], naming, exchange)
    if bare.is_accepted:
        return _Outcome(True, f"accepted without attachments; with them: {outcome.reason}")
    return bare


def _notify_watched(
    target: Target, page: PageText, attachments: Sequence[Path], naming: Naming, exchange: Exchange
) -> _Outcome:
    """Apprise's result, and whether it can be true."""
    with watch(exchange):
        plugin = _make(target, page, naming)
        kind = _kind_of(naming.transition, plugin)
        outcome = _notify(plugin, page, attachments, kind)
        if outcome.is_accepted:
            outcome = _doubt(outcome, target, plugin, exchange)
        if exchange.redirected_to is not None:
            # A server that only redirected has not accepted the page, whatever Apprise says. Only the address is
            # masked: a path may be a word of the sentence.
            moved = f"redirected to {mask_secrets(exchange.redirected_to, target.url)}; the page was not delivered. "
            return _Outcome(False, moved + "Use that address in [notify.targets]", is_masked=True)
        if outcome.is_accepted and naming.transition == TransitionKind.TEST and closes_alerts(plugin):
            return _close_trial(_make(target, page, naming), page)
    return outcome


def _doubt(outcome: _Outcome, target: Target, plugin: Any, exchange: Exchange) -> _Outcome:
    """Apprise uses the status, and also reports success if a service had nothing to send."""
    if exchange.refusal is not None:
        return _Outcome(False, f"the service answered: {exchange.refusal}")
    schema = _schema_of(target)
    is_self_hosted = "host" in plugin.template_tokens
    can_count, remark = judge_web_page(exchange.web_page, schema=schema, is_self_hosted=is_self_hosted)
    if remark:
        return _Outcome(can_count, remark, is_masked=True)
    if exchange.sent == 0 and hasattr(sys.modules[type(plugin).__module__], "requests"):
        return _Outcome(False, "the service sent nothing")
    return outcome


def _schema_of(target: Target) -> str:
    return target.url.partition("://")[0].lower()


def _close_trial(plugin: Any, page: PageText) -> _Outcome:
    """Closes the alert that a test page has opened. The page counts as accepted in any case."""
    from apprise import NotifyType

    closed = _notify(plugin, page, (), NotifyType.SUCCESS)
    return _Outcome(True, "" if closed.is_accepted else f"its alert could not be closed: {closed.reason}")


def _make(target: Target, page: PageText, naming: Naming) -> Any:
    return make_plugin(target.url, naming, links=page.links, recipient=target.recipient)


def _kind_of(transition: str, plugin: Any) -> Any:
    from apprise import NotifyType

    if transition == TransitionKind.TEST and "alias" in plugin.template_args and closes_alerts(plugin):
        return NotifyType.WARNING  # to these, a piece of information is a note on an alert that there is
    kinds = {TransitionKind.OPEN.value: NotifyType.FAILURE, TransitionKind.RESOLVE.value: NotifyType.SUCCESS}
    return kinds.get(transition, NotifyType.INFO)


def _notify(plugin: Any, page: PageText, attachments: Sequence[Path], kind: Any) -> _Outcome:
    from apprise import AppriseAttachment, AppriseResultStatus
    from apprise.attachment.file import AttachFile

    body, body_format = _choose_form(page, plugin)
    files = [AttachFile(str(path)) for path in attachments]  # type: ignore[no-untyped-call]  # Apprise leaves it open
    result = make_sender(plugin).notify(
        title=page.title,
        body=body,
        notify_type=kind,
        body_format=body_format,
        attach=AppriseAttachment(files) if files else None,
    )
    attempts = [attempt for service in result for attempt in service.attempts]
    # By the attempts and not by the result: a service marked optional in its URL counts as success there in any case.
    if any(attempt.status == AppriseResultStatus.SUCCESS for attempt in attempts):
        return _Outcome(True, "")
    said = [entry.message for attempt in attempts for entry in attempt] or [entry.message for entry in result.call_logs]
    reason = "; ".join(dict.fromkeys(said)) or "the service did not accept it and gave no reason"
    return _Outcome(False, reason, may_be_partial=len(plugin) > 1)


def _choose_form(page: PageText, plugin: Any) -> tuple[str, Any]:
    """The format that the service shows best, or that the target's URL asks for (`?format=`). A body that is too long
    is sent as text, which can be cut anywhere."""
    from apprise import NotifyFormat

    wanted = plugin.resolve_format()
    body = {NotifyFormat.HTML: page.html, NotifyFormat.MARKDOWN: page.markdown}.get(wanted, "")
    if body and _fit(body, title=page.title, plugin=plugin) == body:
        return body, wanted
    return _fit(page.body, title=page.title, plugin=plugin), NotifyFormat.TEXT


def _fit(body: str, *, title: str, plugin: object) -> str:
    """As much of the body as the service accepts; the first lines matter most. Markup may double a character or two."""
    most = int(getattr(plugin, "body_maxlen", 0) or 0)
    if getattr(plugin, "title_maxlen", 0) == 0:
        most -= len(title) + 2
    if len(body) <= most * 0.8:
        return body
    return body[: max(1, int(most * 0.8) - 1)].rstrip() + "…"
