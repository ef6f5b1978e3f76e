"""Keeps the four services running until it is stopped.

If a service rejects its configuration at the first start (exit 2), the whole start stops; any other service that dies
is restarted. It neither judges nor pages: it logs that a service keeps dying, and the missing heartbeat tells people
outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable

from leadline.cli.supervisor.child import Child, describe_end
from leadline.cli.supervisor.readiness import answers_open, answers_ready, has_noted_ready
from leadline.clock import monotonic_s
from leadline.errors import ConfigurationError
from leadline.settings import Settings
from leadline.storeclient import announced_socket
from leadline.workers.restarts import Restarts

SERVICES = ("collector", "scheduler", "store", "web")
POLL_S = 0.1
# `up` ends within 10 s of SIGTERM: services that have not drained by then are killed; the rest of the time is for
# exits.
DRAIN_S = 8.5
SLOW_START_S = 20.0


class Supervisor:
    """`run` starts, watches and stops the services; `stop` may be called from a signal handler."""

    def __init__(
        self, settings: Settings, *, say: Callable[[str, str], None], on_ready: Callable[[], None] | None = None
    ) -> None:
        self._settings = settings
        self._say = say
        self._on_ready = on_ready
        self._stopping = asyncio.Event()
        self._refusal: ConfigurationError | None = None
        self._children: dict[str, Child] = {}
        self._were_ready: set[str] = set()

    def stop(self) -> None:
        """Asks all services to end; a second call kills them."""
        if self._stopping.is_set():
            for child in self._children.values():
                child.send(signal.SIGKILL)
        self._stopping.set()

    async def run(self) -> None:
        """Returns when everything has ended. Raises ConfigurationError if a service refused its first start."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup leadline up
                loop.add_signal_handler(number, self.stop)
        announcing = asyncio.create_task(self._announce())
        keeping = [asyncio.create_task(self._keep_running(name)) for name in SERVICES]
        try:
            stopped = asyncio.create_task(self._stopping.wait())
            await asyncio.wait([stopped, *keeping], return_when=asyncio.FIRST_COMPLETED)
            self._stopping.set()  # even if a service could not be started
            await self._drain()
            await asyncio.gather(*keeping)
        finally:
            announcing.cancel()
            for child in self._children.values():
                child.send(signal.SIGKILL)
        if self._refusal is not None:
            raise self._refusal

    async def _keep_running(self, name: str) -> None:
        restarts = Restarts()
        while not self._stopping.is_set():
            started_s = monotonic_s()
            is_again = name in self._were_ready
            child = self._children[name] = await Child.start(name, self._settings.file, self._say, is_again=is_again)
            watching = asyncio.create_task(self._note_ready(child))
            code = await child.exit_code()
            watching.cancel()
            if self._stopping.is_set():
                return
            if code == ConfigurationError.exit_code and name not in self._were_ready:
                self._refuse(child)
                return
            restarts, delay_s = restarts.after_death(ran_s=monotonic_s() - started_s)
            self._say("up", f"{name} {describe_end(code)}; restarting it in {delay_s:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay_s)

    def _refuse(self, child: Child) -> None:
        if self._refusal is None:
            said = "\n".join(child.last_words).strip() or "no output"
            self._refusal = ConfigurationError(f"{child.name} failed to start, so nothing was started:\n{said}")
        self._stopping.set()

    async def _note_ready(self, child: Child) -> None:
        while True:  # this polls another process
            if await self._is_ready(child):
                break
            await asyncio.sleep(POLL_S)
        if child.name in self._were_ready:
            self._say("up", f"{child.name} is back")
        self._were_ready.add(child.name)

    async def _is_ready(self, child: Child) -> bool:
        if child.name == "scheduler":
            return has_noted_ready(self._settings.paths.run / "scheduler.json", pid=child.pid)
        if child.name == "store":
            return await answers_open(announced_socket(self._settings.paths.run), pid=child.pid)
        table = self._settings.collector if child.name == "collector" else self._settings.web
        return await answers_ready(table.listen)

    async def _announce(self) -> None:
        started_s, has_complained = monotonic_s(), False
        while missing := [name for name in SERVICES if name not in self._were_ready]:
            if not has_complained and monotonic_s() - started_s > SLOW_START_S:
                self._say("up", f"still waiting for {' and '.join(missing)}")
                has_complained = True
            await asyncio.sleep(POLL_S)
        if self._on_ready is not None:
            self._on_ready()

    async def _drain(self) -> None:
        running = [child for child in self._children.values() if child.is_running]
        for child in running:
            child.send(signal.SIGTERM)
        ends = [asyncio.create_task(child.exit_code()) for child in running]
        if not ends:
            return
        _, late = await asyncio.wait(ends, timeout=DRAIN_S)
        for child in running:
            if late and child.is_running:
                self._say("up", f"{child.name} did not end within {DRAIN_S:g} s, killing it")
                child.send(signal.SIGKILL)
