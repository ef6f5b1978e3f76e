"""How the walk is told: live progress on a terminal, plain lines without one. It knows nothing of the story itself."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.panel import Panel
from rich.rule import Rule
from rich.status import Status
from rich.table import Table
from rich.text import Text

from leadline.clock import monotonic_s
from walking.claims import Finding
from walking.facts import Page

# Lines that a log or a narrow terminal shows whole.
PLAIN_WIDTH = 110


class Teller:
    """Text that comes from the running system is text: no markup, no control characters."""

    def __init__(self, console: Console | None = None) -> None:
        width = None if sys.stdout.isatty() else PLAIN_WIDTH
        self._console = console or Console(highlight=False, markup=False, emoji=False, width=width)
        self._status: Status | None = None
        self._began_s = monotonic_s()

    @property
    def is_live(self) -> bool:
        """Somebody is looking: there is a terminal."""
        return self._console.is_terminal

    def chapter(self, title: str, why: str) -> None:
        """A step of the story, and why it matters, with the seconds since it began."""
        at = f"{monotonic_s() - self._began_s:5.1f} s"
        self._console.print()
        if self.is_live:
            self._console.print(Rule(Text(f"{title}  ·  {at.strip()}", style="bold"), align="left", style="dim"))
            self._console.print(Text(why, style="dim"))
        else:
            self._console.print(f"[{at}] {title}")
            self.lines(textwrap.wrap(why, PLAIN_WIDTH - 10), indent="          ")

    def say(self, line: str, *, style: str = "") -> None:
        """One line, or several; a command is never broken by us."""
        self._console.print(Text(_clean(line), style=style), soft_wrap=True)

    def lines(self, lines: Sequence[str], *, indent: str = "  ") -> None:
        for line in lines:
            self.say(indent + line)

    def find(self, finding: Finding) -> None:
        """A claim that was looked at, with what was seen."""
        mark, style = ("✓", "bold green") if finding.holds else ("✗", "bold red")
        claim, seen = _clean(finding.claim), _clean(finding.seen)
        self._console.print(Text.assemble((f"  {mark} ", style), (claim, "bold"), (f"\n      {seen}", "dim")))

    def page(self, page: Page) -> None:
        """The page as the on-call sees it."""
        attached = f"attached: {len(page.attachments)} screenshot, {sum(map(len, page.attachments)) // 1024} kB"
        body = [_clean(line) for line in page.body.splitlines()]
        end = [attached] if page.attachments else []
        if self.is_live:
            text = Text("\n".join([*body, *([""] if end else []), *end]))
            title = Text(_clean(page.title), style="bold")
            self._console.print(Panel(text, title=title, title_align="left", border_style="red", padding=(1, 2)))
        else:
            self.lines([_clean(page.title), *body, *end], indent="      | ")

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Names to the left, figures to the right."""
        shown = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
        for index, column in enumerate(columns):
            shown.add_column(column, justify="left" if index == 0 else "right", no_wrap=True)
        for row in rows:
            shown.add_row(*[Text(_clean(cell)) for cell in row])
        self._console.print()
        self._console.print(shown)

    @contextmanager
    def waiting(self, for_what: str) -> Iterator[None]:
        """While something is waited for, a terminal shows `progress`; a log shows that it began."""
        if not self.is_live:
            self.say(f"    … {for_what}")
            yield
            return
        with self._console.status(Text(for_what)) as self._status:
            yield
        self._status = None

    def progress(self, line: str) -> None:
        if self._status is not None:
            shown = Text(_clean(line).replace("\n", " "))
            shown.truncate(self._console.width - 4, overflow="ellipsis")  # the spinner; a second line would stay behind
            self._status.update(shown)


def _clean(text: str) -> str:
    """Without what a terminal would obey."""
    return "".join(character if character.isprintable() or character == "\n" else "�" for character in text)
