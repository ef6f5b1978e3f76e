"""A stock Firefox, driven by WebDriver BiDi (W3C) over its own socket.

Not by Playwright: its Firefox is a build of its own that has to be downloaded, and what it says to a stock one
(1.65: `emulation.setMediaFeaturesOverride` at every context) the long-term release 153 does not know. What a visit
needs is a dozen commands.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

FIREFOX = os.environ.get("LEADLINE_FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
# Nothing of its own over the network while it is watched; few processes.
PREFERENCES = """
user_pref("app.normandy.enabled", false);
user_pref("app.update.disabledForTesting", true);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("dom.ipc.processCount", 2);
user_pref("dom.ipc.processPrelaunch.enabled", false);
user_pref("extensions.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,#");
user_pref("toolkit.telemetry.enabled", false);
"""


class Firefox:
    """One running Firefox. `said` is what its pages said on their consoles, uncaught errors included."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.said: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listening = asyncio.create_task(self._listen())

    async def command(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        reply = await asyncio.wait_for(answer, 60)
        assert reply["type"] == "success", reply
        return reply["result"]

    async def tab(self, *, shared_with: Tab | None = None) -> Tab:
        """A tab in front of the others, with a storage of its own."""
        user = shared_with.user if shared_with else (await self.command("browser.createUserContext"))["userContext"]
        made = await self.command("browsingContext.create", type="tab", userContext=user)
        return Tab(self, made["context"], user)

    async def _listen(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if told["type"] == "event":
                entry = told["params"]
                self.said.append(f"{entry['level']}: {entry['text']}")
            elif told.get("id") in self._waiting:
                self._waiting.pop(told["id"]).set_result(told)


class Tab:
    def __init__(self, firefox: Firefox, context: str, user: str) -> None:
        self.firefox, self.context, self.user = firefox, context, user

    async def goto(self, address: str) -> None:
        await self.firefox.command("browsingContext.navigate", context=self.context, url=address, wait="complete")

    async def open(self, address: str) -> None:
        """As `goto`, and the beacon has started."""
        await self.goto(address)
        await self.until("window.leadline && leadline.version")

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression, as JSON would carry it; a promise is waited for."""
        answer = await self.firefox.command(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then(value => JSON.stringify(value ?? null))",
            target={"context": self.context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    async def until(self, expression: str) -> None:
        deadline = asyncio.get_running_loop().time() + 45
        while not await self.evaluate(f"!!({expression})"):
            assert asyncio.get_running_loop().time() < deadline, expression
            await asyncio.sleep(0.02)

    async def click(self, selector: str) -> None:
        middle = "(box => [box.x + box.width / 2, box.y + box.height / 2].map(Math.round))"
        x, y = await self.evaluate(f"{middle}(document.querySelector({selector!r}).getBoundingClientRect())")
        press = [{"type": "pointerMove", "x": x, "y": y}, {"type": "pointerDown", "button": 0}]
        actions = [{"type": "pointer", "id": "mouse", "actions": [*press, {"type": "pointerUp", "button": 0}]}]
        await self.firefox.command("input.performActions", context=self.context, actions=actions)

    async def close(self) -> None:
        await self.firefox.command("browsingContext.close", context=self.context)


@asynccontextmanager
async def run_firefox(home: Path) -> AsyncIterator[Firefox]:
    assert FIREFOX is not None
    (home / "user.js").write_text(PREFERENCES)
    process = await asyncio.create_subprocess_exec(
        *(FIREFOX, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", str(home)),
        env={**os.environ, "HOME": str(home), "MOZ_CRASHREPORTER_DISABLE": "1"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        address = await asyncio.wait_for(_address_of(process), 60)
        async with aiohttp.ClientSession() as client, client.ws_connect(address + "/session", max_msg_size=0) as socket:
            firefox = Firefox(socket)
            await firefox.command("session.new", capabilities={})
            await firefox.command("session.subscribe", events=["log.entryAdded"])
            yield firefox
            await firefox.command("browser.close")
            await firefox._listening
        await asyncio.wait_for(process.communicate(), 30)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def _address_of(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    while line := (await process.stderr.readline()).decode():
        if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", line):
            return found[1]
    raise AssertionError("Firefox ended before it listened")
