"""Opens a page in Chromium once, to write a first journey about it. Never raises because of a broken page."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from leadline.errors import BrowserMissing

LOOK_S = 20.0  # if a page takes longer, the journey does not assert its title
LONGEST_TEXT = 200  # characters; a longer title or heading is not a useful name


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was found at `url`. `trouble` says why the page does not work, or is None."""

    url: str
    final_url: str
    status: int | None = None
    title: str | None = None
    heading: str | None = None
    trouble: str | None = None

    @property
    def has_moved(self) -> bool:
        """Whether another site answered: scheme, host or port differ."""
        return origin_of(self.final_url) != origin_of(self.url)


# Chromium's error codes, and their meaning for the person who typed the address.
_WORDS = {
    "ERR_NAME_NOT_RESOLVED": "the name does not exist in the DNS; is it spelt right?",
    "ERR_CONNECTION_REFUSED": "nothing listens there; is the site running?",
    "ERR_CONNECTION_TIMED_OUT": "nobody answers there",
    "ERR_TIMED_OUT": "nobody answers there",
    "ERR_ADDRESS_UNREACHABLE": "that address can't be reached from here",
    "ERR_INTERNET_DISCONNECTED": "this machine has no network",
    "ERR_TOO_MANY_REDIRECTS": "it redirects in a circle",
    "ERR_EMPTY_RESPONSE": "it closes the connection without an answer",
    "ERR_CONNECTION_RESET": "it closes the connection without an answer",
    "ERR_SSL_PROTOCOL_ERROR": "it does not speak HTTPS; try http://",
    "ERR_CERT": "its certificate is not valid, and people's browsers refuse it too",
}


async def look_at(url: str) -> Look:
    """Opens `url` and reads its title and main heading. Raises BrowserMissing without Chromium."""
    try:
        from playwright.async_api import Error, async_playwright

        from leadline_probes.browser import launch_chromium
    except ModuleNotFoundError as error:
        raise BrowserMissing("journeys are not installed", hint="pip install 'leadline[probes]'") from error
    async with async_playwright() as playwright:
        browser = await launch_chromium(playwright)
        try:
            page = await browser.new_page()
            async with asyncio.timeout(LOOK_S):
                response = await page.goto(url, timeout=LOOK_S * 1000)
                status = None if response is None else response.status
                heading = page.get_by_role("heading", level=1).first
                return Look(
                    url=url,
                    final_url=page.url,
                    status=status,
                    title=_name(await page.title()),
                    heading=_name(await heading.text_content()) if await heading.count() else None,
                    trouble=None if status is None or status < 400 else f"it answers with HTTP {status}",
                )
        except TimeoutError:
            return Look(url=url, final_url=url, trouble=f"it did not load within {LOOK_S:g} s")
        except Error as error:
            return Look(url=url, final_url=url, trouble=in_words(error.message))
        finally:
            await browser.close()


def in_words(message: str) -> str:
    """The meaning of a failed navigation."""
    for code, words in _WORDS.items():
        if code in message:
            return words
    return message.splitlines()[0] if message else "it can't be opened"


def origin_of(url: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _name(text: str | None) -> str | None:
    one_line = " ".join((text or "").split())
    return one_line if 0 < len(one_line) <= LONGEST_TEXT else None
