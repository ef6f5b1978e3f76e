"""A page in the format that a service shows best: plain text, Markdown or HTML, from the same parts.

Text from others is cleaned before (foreign_text.py); here it is escaped, so that it stays text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["PageLink", "PageText", "render"]

# Markdown's markup in the middle of a text. Cleaning has already removed code marks and angle brackets.
_MARKDOWN = re.compile(r"([\\*_\[\]~|#])")


@dataclass(frozen=True, slots=True)
class PageLink:
    """A button, or, if a service has none, a line with its address."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class PageText:
    """`title` has at most 60 characters; `body` is plain text whose first two lines stand alone. `markdown` and `html`
    say the same; if they are empty, there is only the text."""

    title: str
    body: str
    markdown: str = ""
    html: str = ""
    links: tuple[PageLink, ...] = ()


def render(title: str, head: Sequence[str], links: Sequence[PageLink], blocks: Sequence[Sequence[str]]) -> PageText:
    """`head` are the lines above the fold, `blocks` what follows the links."""
    shown = [block for block in blocks if block]
    text = [list(head), *([[f"{link.label}: {link.url}" for link in links]] if links else []), *map(list, shown)]
    row = " · ".join(f"[{_mark(link.label)}]({link.url})" for link in links)
    marked = [[_mark(line) for line in head], *([[row]] if links else [])]
    marked += [[_mark(line) for line in block] for block in shown]
    anchors = " · ".join(f'<a href="{escape(link.url)}">{escape(link.label)}</a>' for link in links)
    parts = [f"<p>{'<br>'.join(map(escape, head))}</p>", *([f"<p>{anchors}</p>"] if links else [])]
    parts += [f"<p>{'<br>'.join(map(escape, block))}</p>" for block in shown]
    return PageText(
        title=title,
        body="\n\n".join("\n".join(block) for block in text),
        markdown="\n\n".join("  \n".join(block) for block in marked),  # two blanks at its end break a line
        html="\n".join(parts),
        links=tuple(links),
    )


def _mark(line: str) -> str:
    return _MARKDOWN.sub(r"\\\1", line)
