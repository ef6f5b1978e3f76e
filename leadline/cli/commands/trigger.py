"""`leadline trigger NAME`: run a monitor now, in addition to its schedule."""

from __future__ import annotations

from typing import Annotated

import typer

from leadline.cli.options import ConfigFile, read_settings
from leadline.errors import ServiceUnreachable


def trigger(
    name: Annotated[str | None, typer.Argument(help="The journey or check. Without it, all of --app.")] = None,
    app: Annotated[str | None, typer.Option("--app", help="Only monitors of this app.")] = None,
    cohort: Annotated[str | None, typer.Option("--cohort", metavar="NAME", help="Only in this cohort.")] = None,
    config: ConfigFile = None,
) -> None:
    """Make the running scheduler run a journey or check now. It is judged like any other run: it can page.

    Exit 1 if nothing with that name is scheduled, 3 if no scheduler runs.

    \b
    Examples:
      leadline trigger checkout
      leadline trigger checkout --cohort canary
      leadline trigger --app shop
    """
    from leadline.clock import now
    from leadline.errors import ConfigurationError
    from leadline.settings.run_requests import RunRequest, ask_for_runs
    from leadline_scheduler.state import STATE_FILE, read_state

    if name is None and app is None:
        raise ConfigurationError("nothing is named", hint="leadline trigger checkout, or leadline trigger --app shop")
    settings = read_settings(config)
    state = read_state(settings.paths.run / STATE_FILE)
    if state is None:
        raise ServiceUnreachable("the scheduler does not run on this home", hint="leadline up starts it")
    fitting = [
        one
        for one in state.monitors
        if name in (None, one.name) and app in (None, one.app) and cohort in (None, one.cohort)
    ]
    if not fitting:
        known = ", ".join(dict.fromkeys(one.name for one in state.monitors)) or "nothing"
        print(f"nothing to run: scheduled here is {known}")
        raise typer.Exit(1)
    ask_for_runs(
        settings.paths.run, RunRequest(app=app, name=name, cohort=cohort, asked_at=now(), reason="leadline trigger")
    )
    print(
        f"asked for {len(fitting)} {'run' if len(fitting) == 1 else 'runs'}: {', '.join(one.name for one in fitting)}"
    )
