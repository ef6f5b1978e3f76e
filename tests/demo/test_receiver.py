"""The on-call's phone keeps what arrived and shows it as text."""

from __future__ import annotations

import asyncio
from pathlib import Path

import apprise
import pytest
from aiohttp import ClientSession

pytestmark = pytest.mark.asyncio(loop_scope="module")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


# Apprise itself imports it, once, when it first looks at an attachment.
@pytest.mark.filterwarnings("ignore:.*imghdr.*:DeprecationWarning")
async def test_a_page_that_apprise_sends_is_kept_with_its_screenshot(receiver: str, tmp_path: Path) -> None:
    picture = tmp_path / "screenshot.png"
    picture.write_bytes(PNG)
    target = apprise.Apprise()
    target.add(receiver.replace("http://", "json://") + "/?:incident_id=I1")
    sent = await asyncio.to_thread(target.notify, title="shop is down", body="one\ntwo", attach=str(picture))
    assert sent
    async with ClientSession() as client:
        (page,) = await (await client.get(f"{receiver}/pages")).json()
        assert (page["title"], page["body"], page["fields"]) == ("shop is down", "one\ntwo", {"incident_id": "I1"})
        attached = await client.get(f"{receiver}/pages/1/attachments/0")
        assert (attached.content_type, await attached.read()) == ("image/png", PNG)
        shown = await (await client.get(receiver)).text()
    assert "shop is down" in shown
    assert 'src="/pages/1/attachments/0"' in shown


async def test_pages_keep_their_order_and_numbers(receiver: str) -> None:
    async with ClientSession() as client:
        for title in ("first", "second", "third"):
            await client.post(receiver, json={"title": title, "message": ""})
        pages = await (await client.get(f"{receiver}/pages")).json()
    assert [(page["number"], page["title"]) for page in pages] == [(1, "first"), (2, "second"), (3, "third")]


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'"page"', b"\xff\xfe"])
async def test_what_is_no_page_is_refused(receiver: str, body: bytes) -> None:
    async with ClientSession() as client:
        assert (await client.post(receiver, data=body)).status == 400
        assert await (await client.get(f"{receiver}/pages")).json() == []


async def test_markup_in_a_page_is_text_and_a_strange_attachment_is_a_file(receiver: str) -> None:
    hostile = "<script>alert(1)</script>‮"
    attachment = {"filename": "x.html", "mimetype": "text/html", "base64": "PHNjcmlwdD4="}
    async with ClientSession() as client:
        await client.post(
            receiver, json={"title": hostile, "message": hostile, "type": hostile, "attachments": [attachment, 7]}
        )
        shown = await (await client.get(receiver)).text()
        served = await client.get(f"{receiver}/pages/1/attachments/0")
    assert "<script>" not in shown
    assert shown.count("&lt;script&gt;") == 3  # title, text and kind
    assert served.content_type == "application/octet-stream"
    assert served.headers["Content-Disposition"] == "attachment"


async def test_an_attachment_that_does_not_exist_is_not_found(receiver: str) -> None:
    async with ClientSession() as client:
        assert (await client.get(f"{receiver}/pages/1/attachments/0")).status == 404
