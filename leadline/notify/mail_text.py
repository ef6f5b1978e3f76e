"""The plain text part of a mail, for readers without HTML: a watch, a lock screen, a terminal.

Apprise makes that part from the HTML and drops the addresses of links, so that nobody could act from it.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

__all__ = ["keep_addresses", "spell_out_links"]

# As written by leadline/incidents/page_formats.py.
_LINK = re.compile(r'<a href="([^"]*)">([^<]*)</a>(?: · )?')


def spell_out_links(html: str) -> str:
    """Each link as a line `label: address`."""
    return _LINK.sub(r"\2: \1<br>", html)


def keep_addresses() -> None:
    """Makes Apprise's mails keep the addresses in their text part. Call it once."""
    from apprise import NotifyFormat

    base: Any = import_module("apprise.plugins.email.base")
    convert = base.convert_between

    def convert_with_addresses(from_format: Any, to_format: Any, content: str, *others: Any, **named: Any) -> Any:
        is_shortened = from_format == NotifyFormat.HTML and to_format == NotifyFormat.TEXT
        return convert(from_format, to_format, spell_out_links(content) if is_shortened else content, *others, **named)

    base.convert_between = convert_with_addresses
