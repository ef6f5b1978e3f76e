"""`leadline snippet`: the line for the page, the line for the web server, and why no beacon arrives."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.options import ConfigFile, Format, read_settings
from leadline.errors import BrowserMissing, ConfigurationError

if TYPE_CHECKING:
    from leadline.settings import AppSettings, Settings

snippet = typer.Typer(name="snippet")
LONGEST_WAIT_S = 120.0
_PREFIX = re.compile(r"/(?:[A-Za-z0-9._~\-]+/)+")
COLUMNS = (
    "url",
    "is_arriving",
    "cause",
    "words",
    "mend",
    "also",
    "also_mend",
    "service_version",
    "script",
    "beacon",
    "status_code",
    "notes",
)


@snippet.callback(invoke_without_command=True)
def write(
    context: typer.Context,
    app: Annotated[str | None, typer.Option("--app", metavar="APP", help="The app, if there are several.")] = None,
    version: Annotated[str | None, typer.Option("--version", help="Version of the page.")] = None,
    cohort: Annotated[str | None, typer.Option("--cohort", help="baseline, canary or a ring's name.")] = None,
    path: Annotated[
        str, typer.Option("--path", metavar="PREFIX", help="Path that your web server forwards to the collector.")
    ] = "/_l/",
    config: ConfigFile = None,
) -> None:
    """Print the script tag for your pages and the reverse-proxy line for nginx and Caddy.

    The tag names the script by its hash, with its checksum (SRI). After an upgrade of Leadline, pages keep using the
    script in their tag; print the tag again to give them the new one.

    \b
    Examples:
      leadline snippet
      leadline snippet --path /stats/
      leadline snippet --app shop --version 1.5.0 --cohort canary
      leadline snippet verify https://shop.example/      # why nothing arrives from that page
    """
    if context.invoked_subcommand is not None:
        return
    settings = read_settings(config)
    prefix = _as_prefix(path)
    print(write_snippet(settings, _chosen(settings, app), version=version, cohort=cohort, prefix=prefix))


@snippet.command()
def verify(
    url: Annotated[str, typer.Argument(help="A page with the tag: https://shop.example/.")],
    app: Annotated[str | None, typer.Option("--app", metavar="APP", help="The app, if there are several.")] = None,
    wait: Annotated[float, typer.Option("--wait", metavar="S", help="How many seconds to wait for the beacon.")] = 10.0,
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """Open a page in Chromium and check that its beacon is accepted; if not, print why and the line that fixes it.

    The view is marked as synthetic. Exit 0 if a beacon is accepted, 1 otherwise. Works without a leadline.toml too.

    \b
    Examples:
      leadline snippet verify https://shop.example/
      leadline snippet verify http://localhost:3000/ --format json
    """
    import asyncio

    from leadline.cli.listing import print_rows
    from leadline.cli.options import find_file
    from leadline.cli.verifying.hindrances import explain
    from leadline.cli.verifying.known import Known
    from leadline.cli.verifying.report import as_row, write_report

    try:
        from leadline.cli.verifying.page_watch import watch
    except ModuleNotFoundError as error:
        raise BrowserMissing("Playwright is not installed", hint="pip install 'leadline[probes]'") from error
    if "://" not in url:
        raise ConfigurationError(f"{url!r} is not an http or https URL", hint=f"write https://{url}")
    if not 0 < wait <= LONGEST_WAIT_S:
        raise ConfigurationError(
            f"--wait {wait:g} is out of range", hint=f"use more than 0 and at most {LONGEST_WAIT_S:g} seconds"
        )
    settings = None
    if config is not None or _has_file():
        settings = read_settings(find_file(config))
    if output == "table":
        print(f"opening {url} ...", file=sys.stderr)
    sighting = asyncio.run(watch(url, wait_s=wait))
    known = Known.of(settings, app=app, key=sighting.key, url=url)
    if settings is not None:
        known = replace(known, is_collector_up=_is_collector_up(settings))
    finding = explain(sighting, known)
    if output == "table":
        print(write_report(finding))
    else:
        print_rows([as_row(finding)], columns=COLUMNS, as_format=output, if_empty="")
    if not finding.is_arriving:
        raise typer.Exit(1)


def _is_collector_up(settings: Settings) -> bool:
    from leadline.cli.asking.service import Service
    from leadline.errors import LeadlineError
    from leadline.settings import base_url

    try:
        Service("collector", base_url(settings.collector.listen)).get("/healthz")
    except LeadlineError:
        return False
    return True


def write_snippet(
    settings: Settings,
    app: AppSettings,
    *,
    version: str | None = None,
    cohort: str | None = None,
    prefix: str = "/_l/",
) -> str:
    """The printed text, also at the end of `leadline init`."""
    from leadline.settings import include_script
    from leadline.wire.snippet import write_caddy, write_nginx, write_tag

    script = include_script(settings, app, prefix=prefix)
    if script.integrity is None:
        print("b.js is not built, so the tag has no checksum: `make beacon` in a checkout builds it", file=sys.stderr)
    if not app.keys:
        raise ConfigurationError(f"app {app.name!r} has no key", hint='add keys = ["pk_..."] to its [[app]]')
    where = "In every page, in <head>:"
    if script.is_direct:
        behind = prefix + script.source.rpartition("/")[2]
        where = f'In every page, in <head>; behind a web server with the line below it is src="{behind}":'
    tag = write_tag(
        app.name,
        key=app.keys[0],
        version=version,
        cohort=cohort,
        integrity=script.integrity,
        source=script.source,
    )
    collector = settings.collector.listen
    return "\n".join(
        [
            f"{where}\n",
            _indented(tag),
            "\nIn nginx, inside the site's server { }:\n",
            _indented(write_nginx(collector, prefix=prefix)),
            "\nor in Caddy, inside the site's block:\n",
            _indented(write_caddy(collector, prefix=prefix)),
        ]
    )


def _as_prefix(path: str) -> str:
    prefix = f"/{path.strip('/')}/"
    if not _PREFIX.fullmatch(prefix):
        raise ConfigurationError(
            f"--path {path!r} is not a valid path", hint="use letters, digits and . _ ~ - between slashes: /stats/"
        )
    return prefix


def _has_file() -> bool:
    from pathlib import Path

    from leadline.settings import find_settings_file

    try:
        find_settings_file(Path.cwd())
    except ConfigurationError:
        return False
    return True


def _chosen(settings: Settings, name: str | None) -> AppSettings:
    names = ", ".join(app.name for app in settings.apps) or "none"
    if name is None:
        if len(settings.apps) == 1:
            return settings.apps[0]
        raise ConfigurationError("there are several apps", hint=f"add --app with one of: {names}")
    for app in settings.apps:
        if app.name == name:
            return app
    raise ConfigurationError(f"no app named {name!r}", hint=f"configured: {names}")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
