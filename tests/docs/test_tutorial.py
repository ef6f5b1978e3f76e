"""The tutorial is executed: its files are written, its commands run, and what it promises is waited for."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from leadline_probes.browser import find_chromium

pytestmark = [pytest.mark.story, pytest.mark.browser, pytest.mark.timeout(420)]

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
WITHIN_S = 90


@dataclass(frozen=True)
class Part:
    """`how` is what the comment before a block says: `file: NAME`, `background`, `until: PATTERN`, `visit`, or ""."""

    how: str
    text: str


def parts_of(markdown: str) -> list[Part]:
    found = re.finditer(
        r"(?:<!-- (?P<how>[^\n]*) -->\n)?```\w+\n(?P<text>.*?)^```$|<!-- (?P<visit>visit) -->", markdown, re.S | re.M
    )
    return [Part(one["visit"] or one["how"] or "", one["text"] or "") for one in found]


def free_ports() -> dict[str, str]:
    """Other ports than the tutorial's: two that follow one another for Leadline, one each for shop and phone."""
    while True:
        with ExitStack() as held:

            def hold(port: int) -> int:
                number: int = held.enter_context(socket.create_server(("127.0.0.1", port))).getsockname()[1]
                return number

            try:
                web = hold(0)
                ports = {"8080": web, "8081": hold(web + 1), "8000": hold(0), "8001": hold(0)}
            except (OSError, OverflowError):
                continue
            return {told: str(taken) for told, taken in ports.items()}


@dataclass
class Terminals:
    """The reader's folder and shell; what was left running is ended at the end."""

    folder: Path
    ports: dict[str, str]
    running: list[subprocess.Popen[bytes]]

    def of_here(self, text: str) -> str:
        return re.sub(r"\b(8000|8001|8080|8081)\b", lambda port: self.ports[port[0]], text)

    def environ(self) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "LEADLINE_PORT": self.ports["8080"]}

    def write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.of_here(text))

    def start(self, command: str) -> None:
        log = (self.folder / f"terminal-{len(self.running)}.log").open("wb")
        self.running.append(
            subprocess.Popen(
                ["sh", "-c", self.of_here(command)],
                cwd=self.folder, env=self.environ(), stdout=log, stderr=log, start_new_session=True,
            )
        )  # fmt: skip
        log.close()

    def run(self, command: str) -> str:
        done = subprocess.run(
            ["sh", "-ec", self.of_here(command)],
            cwd=self.folder, env=self.environ(), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        self.code = done.returncode
        return done.stdout + done.stderr

    def run_until(self, pattern: str, command: str) -> None:
        deadline, said = time.monotonic() + WITHIN_S, ""
        while time.monotonic() < deadline:
            said = self.run(command)
            if re.search(pattern, said):
                return
            time.sleep(0.5)
        logs = "\n".join(log.read_text(errors="replace")[-2000:] for log in self.folder.glob("terminal-*.log"))
        raise AssertionError(f"`{command.strip()}` never said {pattern!r}; it said:\n{said}\n{logs}")

    def visit(self) -> None:
        """A user who opens the shop and buys, as the tutorial asks."""
        # The browser's own agent: what is sent while a page is left carries no other.
        arguments = [f"--user-agent={PERSON}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(os.environ), args=arguments)
            page = browser.new_page()
            page.goto(self.of_here("http://127.0.0.1:8000/"))
            page.wait_for_function("window.leadline !== undefined")
            page.get_by_role("button").click()
            page.goto("about:blank")  # leaving the page sends what is left to say
            page.wait_for_timeout(1000)
            browser.close()

    def end(self) -> None:
        for process in reversed(self.running):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[Terminals]:
    opened = Terminals(tmp_path, free_ports(), [])
    yield opened
    opened.end()


def test_the_tutorial_does_what_it_says(terminals: Terminals) -> None:
    for part in parts_of(TUTORIAL.read_text()):
        how, _, about = part.how.partition(": ")
        match how:
            case "file":
                terminals.write(about, part.text)
            case "background":
                terminals.start(part.text)
            case "until":
                terminals.run_until(about, part.text)
            case "visit":
                terminals.visit()
            case _:
                said = terminals.run(part.text)
                assert terminals.code == 0, f"{part.text}\n{said}"
    phone = "cat terminal-2.log"
    terminals.run_until("UP shop buy", phone)
    rung = [line for line in terminals.run(phone).splitlines() if line.startswith(("DOWN shop buy", "UP shop buy"))]
    assert [line.partition(" ")[0] for line in rung] == ["DOWN", "UP"]


def test_each_block_of_commands_is_executed() -> None:
    markdown = TUTORIAL.read_text()
    assert len([part for part in parts_of(markdown) if part.text]) == markdown.count("\n```") // 2
