"""Buttons, held to fakes of the services on localhost that refuse what their published schemas refuse.

Telegram: core.telegram.org/bots/api (sendMessage, sendPhoto, InlineKeyboardButton). Discord:
discord.com/developers/docs (Execute Webhook; Components: action row, link button). Slack:
api.slack.com/docs/message-attachments (attachments, link buttons). Teams: adaptivecards.io/explorer (AdaptiveCard 1.4,
Action.OpenUrl), in the envelope of learn.microsoft.com, "Create incoming webhooks with workflows".
"""

from __future__ import annotations

import contextlib
import email.parser
import email.policy
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from leadline.incidents import PageLink, PageText
from leadline.model import Receipt, Target
from leadline.notify import send_page
from leadline.notify.buttons import list_buttons

LINKS = (PageLink("I am on it", "https://ops.example/i/a"), PageLink("Trace", "https://ops.example/i/a/t.zip"))
PAGE = PageText("DOWN shop checkout", "Since 14:02 UTC.\npay: expected it", links=LINKS)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)


class Fake:
    """Answers each POST with what `judge` says of its path and fields: None is accepted, a text is a refusal (400)."""

    def __init__(self, judge: Callable[[str, dict[str, Any]], str | None]) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.refused: list[str] = []
        self.refusal_status = 400
        fake = self

        class Answering(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                fields = read_fields(self.headers["Content-Type"], body)
                wrong = judge(self.path, fields)
                (fake.refused.append(wrong) if wrong else fake.taken.append((self.path, fields)))
                said = {"ok": wrong is None, "description": wrong, "result": {"message_id": 1}}
                answer = json.dumps(said).encode()
                if wrong is None and self.path.startswith("/services/"):  # a webhook of Slack's
                    answer = b"ok"
                self.send_response(fake.refusal_status if wrong else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: object) -> None:
                """Says nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def read_fields(content_type: str, body: bytes) -> dict[str, Any]:
    """Of JSON, or of a form with files, whose objects are JSON in a field."""
    if content_type.startswith("application/json"):
        return dict(json.loads(body))
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    form = parser.parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields: dict[str, Any] = {}
    for part in form.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        value = part.get_payload(decode=True)
        fields[name] = value.decode() if isinstance(value, bytes) and part.get_filename() is None else value
    return {**fields, **({"reply_markup": json.loads(fields["reply_markup"])} if "reply_markup" in fields else {})}


def judge_telegram(path: str, fields: dict[str, Any]) -> str | None:
    needed = {"sendMessage": "text", "sendPhoto": "photo"}.get(path.rsplit("/", 1)[-1])
    if needed is None or not fields.get(needed) or not fields.get("chat_id"):
        return "Bad Request: message text is empty"
    for row in fields.get("reply_markup", {"inline_keyboard": []})["inline_keyboard"]:
        for button in row:
            if set(button) != {"text", "url"} or not button["text"]:
                return "Bad Request: can't parse inline keyboard button"
            if "refused.example" in button["url"] or urlsplit(button["url"]).hostname in ("localhost", "127.0.0.1"):
                return "Bad Request: BUTTON_URL_INVALID"
    return None


def judge_discord(path: str, fields: dict[str, Any]) -> str | None:
    if not fields.get("content") and not fields.get("embeds"):
        return "Cannot send an empty message"
    rows = fields.get("components", [])
    if rows and parse_qs(urlsplit(path).query).get("with_components") != ["true"]:
        return "components are ignored"
    for row in rows:
        if row["type"] != 1 or not 1 <= len(row["components"]) <= 5:
            return "an action row holds one to five buttons"
        for button in row["components"]:
            if set(button) != {"type", "style", "label", "url"} or (button["type"], button["style"]) != (2, 5):
                return "a link button has a label, a url and no custom_id"
            if len(button["label"]) > 80:
                return "label is too long"
    return None


def judge_slack(path: str, fields: dict[str, Any]) -> str | None:
    attachments = fields.get("attachments", [])
    if not fields.get("text") and not attachments:
        return "no_text"
    for one in attachments:
        if "actions" in one and "blocks" in one:
            return "invalid_attachments"
        if not one.get("fallback") and not one.get("text") and not one.get("blocks"):
            return "no_text"
        actions = one.get("actions", [])
        if len(actions) > 5 or any(set(x) != {"type", "text", "url"} or x["type"] != "button" for x in actions):
            return "invalid_attachments"
        if any(urlsplit(x["url"]).scheme not in ("http", "https") or "refused" in x["url"] for x in actions):
            return "invalid_attachments"
    return None


def judge_card(path: str, fields: dict[str, Any]) -> str | None:
    if fields.get("type") != "message" or not fields.get("attachments"):
        return "TriggerInputSchemaMismatch"
    for one in fields["attachments"]:
        card = one["content"]
        if one["contentType"] != "application/vnd.microsoft.card.adaptive" or card["type"] != "AdaptiveCard":
            return "TriggerInputSchemaMismatch"
        if set(card) - {"$schema", "type", "version", "body", "actions", "msteams"} or not card["body"]:
            return "the card has a property that the schema does not know"
        for action in card.get("actions", []):
            if set(action) != {"type", "title", "url"} or action["type"] != "Action.OpenUrl":
                return "the card has an action that the schema does not know"
            if not urlsplit(action["url"]).scheme:
                return "url must be absolute"
    return None


@contextlib.contextmanager
def serving(judge: Callable[[str, dict[str, Any]], str | None]) -> Iterator[Fake]:
    fake = Fake(judge)
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    from apprise.plugins.slack import NotifySlack

    with serving(judge_slack) as fake:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"{fake.url}/services")
        monkeypatch.setattr(NotifySlack, "api_url", fake.url + "/api/{}")
        yield fake


@pytest.fixture
def teams(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    """Apprise asks Teams by https alone: its request goes to the fake by http, unchanged otherwise."""
    import requests

    with serving(judge_card) as fake:
        prepare_url = requests.PreparedRequest.prepare_url

        def prepare(request: requests.PreparedRequest, url: str, params: Any) -> None:
            prepare_url(request, url, params)
            request.url = str(request.url).replace("https://teams.example:443", fake.url)

        monkeypatch.setattr(requests.PreparedRequest, "prepare_url", prepare)
        yield fake


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    from apprise.plugins.telegram import NotifyTelegram

    with serving(judge_telegram) as fake:
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"{fake.url}/bot")
        yield fake


@pytest.fixture
def discord(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    from apprise.plugins.discord import NotifyDiscord

    with serving(judge_discord) as fake:
        monkeypatch.setattr(NotifyDiscord, "notify_url", f"{fake.url}/api/webhooks")
        yield fake


async def send(url: str, page: PageText = PAGE, *files: Path) -> Receipt:
    return await send_page(
        Target(name="oncall", url=url), page, attachments=files, idempotency_key="k", incident_id="i",
        transition="open", timeout_s=30.0,
    )  # fmt: skip


TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/12315544/"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7/#oncall"
TEAMS = "workflow://teams.example:443/f2e43b53ed6e4f6cb3b1/1aB_xYz-signature"
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"


async def test_telegram_gets_a_row_of_buttons_that_open_links(telegram: Fake) -> None:
    receipt = await send(TELEGRAM)
    assert receipt.is_accepted, receipt.reason
    [(_, fields)] = telegram.taken
    assert fields["reply_markup"] == {
        "inline_keyboard": [[{"text": one.label, "url": one.url} for one in LINKS]],
    }
    assert telegram.refused == []


async def test_with_a_screenshot_the_buttons_stand_under_one_of_the_two_messages(
    telegram: Fake, tmp_path: Path
) -> None:
    shot = tmp_path / "screenshot.png"
    shot.write_bytes(PIXEL)
    receipt = await send(TELEGRAM, PAGE, shot)
    assert receipt.is_accepted, receipt.reason
    assert any("reply_markup" in fields for _, fields in telegram.taken)
    assert telegram.refused == []


async def test_a_button_that_is_refused_does_not_cost_the_page(telegram: Fake) -> None:
    page = PageText("DOWN shop", "Since 14:02 UTC.", links=(PageLink("I am on it", "https://refused.example/i"),))
    receipt = await send(TELEGRAM, page)
    assert receipt.is_accepted, receipt.reason
    assert telegram.refused == ["Bad Request: BUTTON_URL_INVALID"]
    assert ["reply_markup" in fields for _, fields in telegram.taken] == [False]


async def test_discord_gets_link_buttons_and_is_asked_to_show_them(discord: Fake) -> None:
    receipt = await send(DISCORD)
    assert receipt.is_accepted, receipt.reason
    [(_, fields)] = discord.taken
    assert [(one["label"], one["url"]) for one in fields["components"][0]["components"]] == [
        (x.label, x.url) for x in LINKS
    ]
    assert discord.refused == []


async def test_slack_gets_link_buttons_and_what_clients_without_buttons_show(slack: Fake) -> None:
    receipt = await send(SLACK)
    assert receipt.is_accepted, receipt.reason
    [(_, fields)] = slack.taken
    [attachment] = fields["attachments"]
    assert attachment["actions"] == [{"type": "button", "text": one.label, "url": one.url} for one in LINKS]
    assert attachment["fallback"] == "DOWN shop checkout"
    assert slack.refused == []


async def test_slack_in_blocks_keeps_its_links(slack: Fake) -> None:
    receipt = await send(f"{SLACK}?blocks=yes")
    assert receipt.is_accepted, receipt.reason
    assert ["actions" in fields["attachments"][0] for _, fields in slack.taken] == [False]


@pytest.mark.parametrize(
    "url", [SLACK, "slack://xoxb-1234567890-1234567890-abcdefghij/#oncall"], ids=["webhook", "bot"]
)
async def test_slack_that_refuses_a_button_gets_the_page_without_it(slack: Fake, url: str) -> None:
    slack.refusal_status = 200 if "xoxb" in url else 400  # a bot is refused with `"ok": false`
    page = PageText("DOWN shop", "Since 14:02 UTC.", links=(PageLink("I am on it", "https://refused.example/i"),))
    receipt = await send(url, page)
    assert receipt.is_accepted, receipt.reason
    assert slack.refused == ["invalid_attachments"]
    assert ["actions" in fields["attachments"][0] for _, fields in slack.taken] == [False]


async def test_teams_gets_actions_that_open_links(teams: Fake) -> None:
    receipt = await send(TEAMS)
    assert receipt.is_accepted, receipt.reason
    [(_, fields)] = teams.taken
    assert fields["attachments"][0]["content"]["actions"] == [
        {"type": "Action.OpenUrl", "title": one.label, "url": one.url} for one in LINKS
    ]
    assert teams.refused == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/i/a", "http://localhost/i", "http://10.0.0.7/i", "leadline:/x"])
def test_an_address_that_opens_nowhere_else_is_no_button(url: str) -> None:
    assert list_buttons("tgram", [PageLink("I am on it", url)]) is None
    is_private = "//10." in url  # a colleague's phone may be in that network; these services don't look
    assert (list_buttons("slack", [PageLink("I am on it", url)]) is not None) == is_private


def test_a_service_without_link_buttons_gets_none() -> None:
    assert list_buttons("mmost", LINKS) is None
