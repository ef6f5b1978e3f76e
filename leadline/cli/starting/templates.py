"""The text of a first leadline.toml and a first journey. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from leadline.cli.starting.first_look import Look, origin_of
from leadline.settings.references import is_loopback


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The values for the first files."""

    name: str
    key: str
    home: str
    port: int
    look: Look

    @property
    def base_url(self) -> str:
        """The site's real address: where it redirected to, or what was typed."""
        return origin_of(self.look.final_url if self.look.has_moved else self.look.url)

    @property
    def address_with_password(self) -> str | None:
        """The address with user and password, if typed; it is kept in a separate file."""
        parts = urlsplit(self.look.url)
        if self.look.has_moved or "@" not in parts.netloc:
            return None
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def address_file(self) -> str:
        return f"{self.name}.base_url"

    @property
    def function(self) -> str:
        """The app's name as a Python identifier."""
        text = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in self.name)
        return text if text[:1].isalpha() else f"journey_{text}"


def write_settings_text(start: Start) -> str:
    """leadline.toml: required settings, and useful next ones as comments."""
    origins = dict.fromkeys([origin_of(start.look.url), start.base_url, *_beside(start.base_url)])
    return f"""\
# Leadline's configuration. `leadline validate` checks it, docs/configuration.md explains every key.
# Secrets stay out of this file: write "${{NAME}}" for an environment variable, or KEY_file for a file that holds it.

[home]
path = {_quoted(start.home)}  # all data: beacons, results, incidents, screenshots

[web]
listen = "127.0.0.1:{start.port}"  # dashboard and API
public_url = "http://127.0.0.1:{start.port}"  # used in links of pages; set an address that a phone can reach: https://…

[collector]
listen = "127.0.0.1:{start.port + 1}"  # beacons; your web server forwards /_l/ to it (`leadline snippet`)

[[app]]
name = {_quoted(start.name)}
{_base_url_line(start)}
keys = [{_quoted(start.key)}]  # public: it is part of the page
origins = {json.dumps(list(origins), ensure_ascii=False)}  # sites whose pages may send beacons
# kpis = ["checkout_completed"]  # business events that the pages send: leadline.event("checkout_completed")

[[journeys]]
path = "./journeys"
app = {_quoted(start.name)}
confirm = 2  # a failed run and a failed re-run make an incident
# cohorts = {{ baseline = {{ cookies = {{ v = "stable" }} }}, canary = {{ cookies = {{ v = "canary" }} }} }}

# A request without a browser:
# [[check]]
# name = "health"
# app = {_quoted(start.name)}
# url = {_quoted(start.base_url + "/health")}
# every = "30s"
# budget = "500ms"

# Who is paged: any of Apprise's 170 services (https://github.com/caronc/apprise/wiki). Without one, nobody is.
# `leadline validate --send` sends a real test page to each.
# [notify]
# targets = {{ oncall = "pagerduty://${{PAGERDUTY_KEY}}", chat = "slack://${{SLACK_TOKENS}}" }}
# heartbeat_url = "https://hc-ping.com/..."  # called while all is well; tells you when Leadline itself is dead
"""


def _base_url_line(start: Start) -> str:
    if start.address_with_password is None:
        return f"base_url = {_quoted(start.base_url)}"
    return f"base_url_file = {_quoted(start.address_file)}  # contains a password: keep it out of version control"


def _beside(origin: str) -> list[str]:
    """The other names of a site on this machine: people open both `localhost` and its number."""
    parts = urlsplit(origin)
    if parts.hostname is None or not is_loopback(parts.hostname):
        return []
    port = f":{parts.port}" if parts.port is not None else ""
    return [f"{parts.scheme}://{name}{port}" for name in ("localhost", "127.0.0.1")]


def write_journey_text(start: Start) -> str:
    """A journey that asserts what was found: status, title and main heading."""
    look = start.look
    lines = [
        f"async with run.step({_quoted('home')}, budget={_quoted('3s')}):",
        f"    answer = await page.goto({_quoted(_path_of(look))})",
        '    assert answer is not None and answer.ok, f"HTTP {answer.status if answer else None}"',
    ]
    if look.trouble is None and look.title is not None:
        lines.append(f"    await expect(page).to_have_title({_quoted(look.title)})")
    if look.trouble is None and look.heading is not None:
        heading = f'page.get_by_role("heading", level=1).first).to_have_text({_quoted(look.heading)}'
        lines.append(f"    await expect({heading})")
    if not any("expect" in line for line in lines):
        lines.append('    await expect(page.locator("body")).to_be_visible()')
    body = "\n".join(f"    {line}" for line in lines)
    return f'''\
"""A first journey of {start.name}: the page answers and has the title and heading it had when this was written.

`page` is Playwright's own (https://playwright.dev/python/docs/api/class-page). Run it once with
`leadline run journeys/{start.function}.py`; `leadline up` runs it every minute.
"""

from leadline import expect, journey


@journey(every="1m", budget="5s")
async def {start.function}(run, page):
{body}
'''


def _path_of(look: Look) -> str:
    parts = urlsplit(look.final_url if look.has_moved else look.url)
    query = f"?{parts.query}" if parts.query else ""
    return (parts.path or "/") + query


def _quoted(text: str) -> str:
    """A literal for both TOML and Python; invisible characters are escaped."""
    return "".join(
        letter if letter.isprintable() else f"\\U{ord(letter):08x}" for letter in json.dumps(text, ensure_ascii=False)
    )
