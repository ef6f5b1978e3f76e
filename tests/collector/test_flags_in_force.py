"""Flags that are answered from memory: those of the published file, for the page that asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from collector.conftest import Running

from leadline.guard.flag_desk import FlagDesk
from leadline.records import Records
from leadline.settings import configured_flags, configured_rings, load_settings
from leadline_collector.flags.served import ServedFlags

APP = """
[home]
path = "."
[[app]]
name = "shop"
keys = ["pk_shop"]
origins = ["https://a.example", "https://b.example"]
[[flag]]
key = "banner"
app = "shop"
variants = { on = true, off = false }
default = "on"
kill = "off"
"""


async def test_a_kill_holds_from_the_next_turn_of_the_loop_on(tmp_path: Path) -> None:
    (tmp_path / "leadline.toml").write_text(APP)
    settings = load_settings(tmp_path / "leadline.toml")
    served = ServedFlags(settings)
    assert served.of_this_turn("shop").flags.evaluate("banner", {}).variant == "on"
    records = Records.open(settings.paths.records)
    desk = FlagDesk(
        records,
        home=settings.paths.home,
        flags=configured_flags(settings),
        rings=configured_rings(settings),
        environments={"shop": "production"},
    )
    desk.kill("banner", by="eve", reason="it hides the basket", at=datetime(2026, 11, 28, 12, tzinfo=UTC))
    records.close()
    await asyncio.sleep(0)
    assert served.of_this_turn("shop").flags.evaluate("banner", {}).variant == "off"


def test_pages_of_two_origins_are_each_answered_with_their_own(collector: Callable[..., Running]) -> None:
    door = collector(apps=APP.partition("[[app]]")[1] + APP.partition("[[app]]")[2])
    path = "/ofrep/v1/evaluate/flags/banner"
    asked = ["https://a.example", "https://b.example", None] * 2
    answers = [
        door.post({}, path, x_api_key="pk_shop", **({} if origin is None else {"origin": origin})) for origin in asked
    ]
    assert [answer.headers.get("access-control-allow-origin") for answer in answers] == asked
    assert {answer.json()["value"] for answer in answers} == {True}
