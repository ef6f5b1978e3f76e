"""`leadline init NAME URL`: writes a configuration and a first journey for a site, without asking questions."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from leadline.errors import BrowserMissing, ConfigurationError
from leadline.model.web_origins import password_in, without_password

if TYPE_CHECKING:
    from leadline.cli.starting.first_look import Look
    from leadline.cli.starting.templates import Start

DEFAULT_PORT = 8080
NOT_A_SITE = "http://localhost:3000"


def init(
    name: Annotated[str | None, typer.Argument(help="Name of the app: shop.")] = None,
    url: Annotated[str | None, typer.Argument(help="Its URL: https://shop.example.")] = None,
) -> None:
    """Write a commented leadline.toml and journeys/NAME.py, a journey that works on that page.

    Opens the page once in Chromium; the journey asserts the title and main heading found there. Never overwrites
    a file. The environment can set LEADLINE_PORT (default 8080; the collector takes the next one) and
    LEADLINE_HOME (default ./.leadline).

    \b
    Examples:
      leadline init shop https://shop.example && leadline up
      leadline init https://shop.example
      leadline init                          # without a site: change base_url afterwards
    """
    import secrets

    from leadline.cli.starting.first_look import Look
    from leadline.cli.starting.templates import Start, write_journey_text, write_settings_text

    name, url = _named(name, url)
    port = _port()
    settings_file = Path("leadline.toml")
    _refuse_to_overwrite(settings_file)
    look = Look(url=NOT_A_SITE, final_url=NOT_A_SITE, trouble="no address was given") if url is None else _look(url)
    start = Start(
        name=name,
        key=f"pk_{secrets.token_hex(12)}",
        home=os.environ.get("LEADLINE_HOME") or "./.leadline",
        port=port,
        look=look,
    )
    journey_file = Path("journeys") / f"{start.function}.py"
    _refuse_to_overwrite(journey_file)
    if start.address_with_password is not None:
        _write(Path(start.address_file), f"{start.address_with_password}\n", is_secret=True)
    _write(journey_file, write_journey_text(start))
    _write(settings_file, write_settings_text(start))
    _tell(start, settings_file, journey_file)


def _named(name: str | None, url: str | None) -> tuple[str, str | None]:
    if name is not None and "://" in name:
        if url is not None:
            raise ConfigurationError("two URLs were given", hint="leadline init shop https://shop.example")
        name, url = None, name
    if url is not None and not re.match(r"https?://[^/\s]+", url):
        raise ConfigurationError(f"{url!r} is not an http or https URL", hint=f"write https://{url.split('://')[-1]}")
    if name is None:
        host = "site" if url is None else (urlsplit(url).hostname or "site")
        name = re.sub(r"[^A-Za-z0-9_.\-]", "-", host.removeprefix("www.").split(".")[0]) or "site"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}", name):
        raise ConfigurationError(f"invalid app name {name!r}", hint="use letters, digits, '_', '.' and '-'")
    return name, url


def _port() -> int:
    text = os.environ.get("LEADLINE_PORT") or str(DEFAULT_PORT)
    if not text.isdigit() or not 0 < int(text) < 65535:
        raise ConfigurationError(
            f"LEADLINE_PORT={text} is not a port number", hint="use 1 to 65534; the collector takes the next one"
        )
    return int(text)


def _refuse_to_overwrite(file: Path) -> None:
    if file.exists():
        raise ConfigurationError(f"{file.resolve()} already exists", hint="remove it first, or go to another folder")


def _look(url: str) -> Look:
    import asyncio

    from leadline.cli.starting.first_look import Look, look_at

    print(f"opening {without_password(url)} ...", file=sys.stderr)
    try:
        return asyncio.run(look_at(url))
    except BrowserMissing as error:
        print(f"{error}\n  Leadline wrote the journey without having seen the page.", file=sys.stderr)
        return Look(url=url, final_url=url, trouble="not opened, because there is no Chromium here")


def _write(file: Path, text: str, *, is_secret: bool = False) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if is_secret else 0o666)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise ConfigurationError(f"{file} can't be written: {error.strerror}", hint="go to another folder") from error


def _tell(start: Start, settings_file: Path, journey_file: Path) -> None:
    from leadline.cli.asking.first_beacons import listening_address
    from leadline.cli.commands.snippet import write_snippet
    from leadline.plain_text import as_one_line
    from leadline.settings import load_settings

    look = start.look
    shown = without_password(look.url)
    if look.trouble is not None:
        print(f"{shown}: {as_one_line(_without_password_in(look.trouble, look.url))}")
        print("The journey asserts that it answers with success; it fails until it does.")
    if look.has_moved:
        print(f"{shown} redirects to {as_one_line(look.final_url)}; Leadline watches that address (base_url).")
    if look.title is not None and look.trouble is None:
        print(f"found: title “{as_one_line(look.title)}”, heading “{as_one_line(look.heading or 'none')}”")
    print(f"wrote {settings_file} and {journey_file}")
    if start.address_with_password is not None:
        print(f"wrote {start.address_file}: the address with its password, readable only for you (mode 600)")
    print()
    settings = load_settings(settings_file)
    print(write_snippet(settings, settings.apps[0]))
    print(f"\nNext:\n  leadline run {journey_file}\n  leadline up")
    print(f"and then, for the tag and its beacons:\n  {listening_address(settings, start.name)}")


def _without_password_in(text: str, url: str) -> str:
    """Chromium's messages about an address repeat it."""
    for password in password_in(url):
        text = text.replace(password, "•••")
    return text
