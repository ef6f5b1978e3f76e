"""Pages from the files in `pages/`: `$name` is replaced by text that can't be markup, but where it is our own."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from string import Template

HERE = Path(__file__).parent


class Markup(str):
    """Text that is markup already: a drawing, or a page that was rendered."""


def render(page: str, **values: str | Markup | int) -> Markup:
    """KeyError if the page names something that is not given."""
    safe = {name: value if isinstance(value, Markup) else escape(str(value)) for name, value in values.items()}
    return Markup(_template(page).substitute(safe))


@cache
def picture(name: str) -> Markup:
    return Markup((HERE / "pictures" / f"{name}.svg").read_text(encoding="utf-8").strip())


@cache
def _template(page: str) -> Template:
    return Template((HERE / "pages" / f"{page}.html").read_text(encoding="utf-8").rstrip("\n"))
