"""`leadline record URL -o FILE`: Playwright's recorder, written as a journey."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from leadline.errors import ConfigurationError


def record(
    url: Annotated[str, typer.Argument(metavar="URL", help="URL of the first page.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="File to write: journeys/buy.py.")],
    every: Annotated[str, typer.Option("--every", metavar="SPAN", help="How often it will run.")] = "5m",
) -> None:
    """Open Playwright's recorder and write what you do there as a journey.

    Each page that you open and each link or button that you click becomes a step; a typed password becomes a
    secret(), and the end lists its variable. Close the browser, or press Ctrl-C here, to finish. Needs a display.

    \b
    Examples:
      leadline record https://shop.example -o journeys/buy.py
    """
    from leadline.cli.recorder import name_secrets, record_pages, write_journey

    if not re.match(r"https?://[^/\s]+", url):
        raise ConfigurationError(f"{url!r} is not an http or https URL", hint=f"write https://{url.split('://')[-1]}")
    if output.suffix != ".py":
        raise ConfigurationError(f"{output} must end in .py", hint="write -o journeys/buy.py")
    if output.exists():
        raise ConfigurationError(f"{output} already exists", hint="remove it first, or give -o another name")
    text = write_journey(record_pages(url), url=url, file=output, every=every)
    print(f"wrote {output}\n")
    secrets = name_secrets(text)
    if secrets:
        print("You typed this while recording; it is not kept. Set it before the journey runs:")
        print("\n".join(f"  export {name}=..." for name in secrets) + "\n")
    print(f"Next:\n  leadline run {output}")
