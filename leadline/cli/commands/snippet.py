"""`leadline snippet`: the one line for the page, and the one for the web server in front."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.options import ConfigFile, read_settings
from leadline.errors import ConfigurationError

if TYPE_CHECKING:
    from leadline.settings import AppSettings, Settings


def snippet(
    app: Annotated[str | None, typer.Option("--app", metavar="APP", help="Which app, where there are several.")] = None,
    version: Annotated[str | None, typer.Option("--version", help="The version that this page is.")] = None,
    cohort: Annotated[str | None, typer.Option("--cohort", help="baseline, canary or a ring's name.")] = None,
    config: ConfigFile = None,
) -> None:
    """Print the script tag for your pages and the reverse-proxy line for nginx and Caddy.

    The tag carries the script's checksum (SRI): after an upgrade of Leadline, print it again.

    \b
    Examples:
      leadline snippet
      leadline snippet --app shop --version 1.5.0 --cohort canary
    """
    settings = read_settings(config)
    print(write_snippet(settings, _chosen(settings, app), version=version, cohort=cohort))


def write_snippet(
    settings: Settings, app: AppSettings, *, version: str | None = None, cohort: str | None = None
) -> str:
    """What is printed, also at the end of `leadline init`."""
    from leadline.cli.starting.snippet_text import find_script, integrity_of, write_caddy, write_nginx, write_tag

    script = find_script()
    integrity = None if script is None else integrity_of(script.read_bytes())
    if script is None:
        print("b.js is not built, so the tag has no checksum: `make beacon` in a checkout builds it", file=sys.stderr)
    if not app.keys:
        raise ConfigurationError(f"app {app.name!r} has no key", hint='add keys = ["pk_..."] to its [[app]]')
    tag = write_tag(app, version=version, cohort=cohort, integrity=integrity, source="/_l/b.js")
    collector = settings.collector.listen
    return "\n".join(
        [
            "In every page, in <head>:\n",
            _indented(tag),
            "\nIn nginx, inside the site's server { }:\n",
            _indented(write_nginx(collector)),
            "\nor in Caddy, inside the site's block:\n",
            _indented(write_caddy(collector)),
        ]
    )


def _chosen(settings: Settings, name: str | None) -> AppSettings:
    names = ", ".join(app.name for app in settings.apps) or "none"
    if name is None:
        if len(settings.apps) == 1:
            return settings.apps[0]
        raise ConfigurationError("which app?", hint=f"--app names one of: {names}")
    for app in settings.apps:
        if app.name == name:
            return app
    raise ConfigurationError(f"no app is named {name!r}", hint=f"there is {names}")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
