"""`leadline run FILE[::name]`: one journey, once, with its steps as they happen; `run show ID`: a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from leadline.cli.options import ConfigFile, find_file, read_running_settings, read_settings
from leadline.errors import ConfigurationError

if TYPE_CHECKING:
    from leadline.settings import Settings


def run(
    journey: Annotated[
        str, typer.Argument(metavar="FILE[::NAME]|show", help="The file, and which journey in it; or `show`.")
    ],
    run_id: Annotated[str | None, typer.Argument(metavar="ID", help="With `show`: the ID of the run.")] = None,
    base_url: Annotated[str | None, typer.Option("--base-url", metavar="URL", help="Run it against this site.")] = None,
    cohort: Annotated[str | None, typer.Option("--cohort", metavar="NAME", help="A cohort of [[journeys]].")] = None,
    headed: Annotated[bool, typer.Option("--headed", help="Show the browser.")] = False,
    trace: Annotated[bool, typer.Option("--trace", help="Keep the trace even if it passes.")] = False,
    repeat: Annotated[
        int, typer.Option("--repeat", metavar="N", min=1, max=1000, help="Run it N times and show the spread.")
    ] = 1,
    is_opened: Annotated[
        bool, typer.Option("--open", help="With `show`: open the trace in Playwright's viewer.")
    ] = False,
    output: Annotated[
        Literal["table", "json"], typer.Option("--format", help="With `show`: json is one object.")
    ] = "table",
    config: ConfigFile = None,
) -> None:
    """Run a journey once and show its steps. Opens no incident and pages nobody.

    Exit 0 if it passed (or was degraded: slower than its budget), 1 if it failed, 70 if Leadline failed.
    `leadline run show ID` shows a finished run with its files.

    \b
    Examples:
      leadline run journeys/checkout.py
      leadline run journeys/checkout.py::checkout --cohort canary
      leadline run journeys/checkout.py --base-url http://localhost:3000 --headed
      leadline run journeys/checkout.py --repeat 20
      leadline run show 01JDF0Z6V6Q1T7R8C3M2N4P5X9 --open
    """
    if journey == "show" and run_id is not None:
        _show(run_id, is_opened=is_opened, output=output, config=config)
        return
    if run_id is not None or is_opened:
        raise ConfigurationError(
            f"{run_id or '--open'} only works with `leadline run show ID`", hint="name one file: journeys/checkout.py"
        )
    import asyncio

    from leadline.cli.run_ledger import open_ledger
    from leadline.cli.run_progress import Progress
    from leadline.cli.run_spread import describe_spread
    from leadline.cli.single_run import Wish, exit_code, find_place, keep_results, run_once

    name, _, wanted = journey.partition("::")
    file = Path(name)
    if not file.exists():
        raise ConfigurationError(f"{file} not found", hint="name the file of a journey: journeys/checkout.py")
    settings = _settings_if_any(config)
    place = find_place(file, settings, here=Path.cwd())
    wish = Wish(
        file=file.resolve(),
        name=wanted or None,
        base_url=_checked_url(base_url),
        cohort=cohort,
        is_headed=headed,
        keep_trace=trace,
        repeat=repeat,
    )
    progress = Progress()
    progress.note(f"reading {file}, starting the browser ...")
    with open_ledger(settings) as ledger:
        results = asyncio.run(run_once(wish, place, progress, ledger=ledger))
    for line in describe_spread(results):
        progress.say(line)
    if settings is not None:
        keep_results(settings, results)
    raise typer.Exit(exit_code(results))


def _show(run_id: str, *, is_opened: bool, output: str, config: ConfigFile) -> None:
    """The run's result, steps and files; its trace in the viewer, or how to open it."""
    import json
    import os

    from leadline.cli.asking.runs import find_run
    from leadline.cli.shown_run import describe_shown
    from leadline.cli.trace_viewer import as_words, has_display, open_viewer, viewer_command
    from leadline.plain_text import as_plain_json

    shown = find_run(read_running_settings(config), run_id)
    if output == "json":
        typer.echo(as_plain_json(json.dumps(shown.row, ensure_ascii=False, indent=2, default=str)))
    else:
        for line in describe_shown(shown):
            typer.echo(line)
    if not is_opened:
        return
    if shown.trace is None or not shown.trace.is_there:
        why = "traces are kept only for failed runs" if shown.trace is None else "it was removed for its age or size"
        raise ConfigurationError(f"run {run_id} has no trace", hint=why)
    command = viewer_command(shown.trace.path)
    if not has_display(os.environ):
        typer.echo(f"This machine has no display. On a machine with one, run: {as_words(command)}", err=True)
        return
    raise typer.Exit(open_viewer(command))


def _settings_if_any(config: ConfigFile) -> Settings | None:
    if config is None:
        try:
            find_file(None)
        except ConfigurationError:
            return None
    return read_settings(config)


def _checked_url(url: str | None) -> str | None:
    if url is None or url.startswith(("http://", "https://")):
        return url
    raise ConfigurationError(f"{url!r} is not an http or https URL", hint=f"write --base-url http://{url}")
