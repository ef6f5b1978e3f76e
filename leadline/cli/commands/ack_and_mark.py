"""`leadline ack`, `note` and `deploy mark`: what a person tells Leadline."""

from __future__ import annotations

from typing import Annotated

import typer

from leadline.cli.options import ConfigFile, read_running_settings
from leadline.errors import ConfigurationError

deploy = typer.Typer(
    name="deploy", help="Mark deployments, so that versions are known and compared.", no_args_is_help=True
)
# Of a version, cohort or commit; as the wire and the API have it.
LONGEST = 128


def ack(
    incident: Annotated[str, typer.Argument(metavar="ID", help="The incident, as `leadline incidents` lists it.")],
    config: ConfigFile = None,
) -> None:
    """Acknowledge an incident: everyone sees that you are on it. It stays open until its journey passes.

    \b
    Example:
      leadline ack 01JB4Z3N8Q0000000000000000
    """
    from leadline.cli.asking.ledger import acknowledge
    from leadline.plain_text import as_one_line

    said = acknowledge(read_running_settings(config, needs_secrets=False), incident)
    print(f"{as_one_line(said['title'])}: {said['state']}, {as_one_line(said['acknowledged_by'] or 'by nobody')}")


def note(
    incident: Annotated[str, typer.Argument(metavar="ID", help="The incident, as `leadline incidents` lists it.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What you found or did.")],
    config: ConfigFile = None,
) -> None:
    """Add a note to an incident: it stands in its timeline, and pages nobody.

    \b
    Example:
      leadline note 01JB4Z3N8Q0000000000000000 "payment provider is down, see status.example"
    """
    from leadline.cli.asking.ledger import add_note
    from leadline.records import LONGEST_NOTE

    said = text.strip()
    if not said:
        raise ConfigurationError("the note is empty", hint='leadline note ID "what you found or did"')
    if len(said) > LONGEST_NOTE:
        raise ConfigurationError(f"the note has {len(said):,} characters, and may have {LONGEST_NOTE:,}")
    add_note(read_running_settings(config, needs_secrets=False), incident, said)
    print("Noted.")


@deploy.command()
def mark(
    app: Annotated[str, typer.Option("--app", help="Which app.")],
    version: Annotated[str, typer.Option("--version", help="Version, as its pages and answers name it.")],
    cohort: Annotated[str | None, typer.Option("--cohort", help="baseline, canary or a ring's name.")] = None,
    commit: Annotated[
        str | None, typer.Option("--commit", metavar="SHA", help="Commit that it was built from.")
    ] = None,
    committed_at: Annotated[
        str | None,
        typer.Option("--committed-at", metavar="T", help="When that commit was made: `git log -1 --format=%cI`."),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Record a deployment and register its version. The app's monitors run at once.

    \b
    Example:
      leadline deploy mark --app shop --version 1.5.0 --cohort canary --commit 3f2a9c1 \\
        --committed-at "$(git log -1 --format=%cI)"
    """
    from leadline.cli.asking.ledger import mark_deployment
    from leadline.clock import now
    from leadline.model import COMMIT_AHEAD
    from leadline.model.moments import parse_moment
    from leadline.plain_text import as_one_line

    for option, given in (("--version", version), ("--cohort", cohort), ("--commit", commit)):
        if given is not None and not given.strip():
            raise ConfigurationError(f"{option} must not be empty", hint="is the variable set that it comes from?")
        if given is not None and len(given) > LONGEST:
            raise ConfigurationError(f"{option} has {len(given):,} characters, and may have {LONGEST}")
    begin = now()
    at = None
    if committed_at is not None:
        try:
            at = parse_moment(committed_at, now=begin)
        except ValueError as error:
            raise ConfigurationError(f"--committed-at: {error}") from error
        if at > begin + COMMIT_AHEAD:
            raise ConfigurationError(f"--committed-at {committed_at} is in the future", hint="check its time zone")
    settings = read_running_settings(config)
    names = [one.name for one in settings.apps]
    if app not in names:
        raise ConfigurationError(f"no app named {app!r}", hint=f"configured: {', '.join(names) or 'none'}")
    said = mark_deployment(settings, app=app, version=version, cohort=cohort, commit=commit, committed_at=at)
    where = f" to {said['cohort']}" if said["cohort"] else ""
    marked = f"{said['app']} {said['service_version']}{where} in {said['environment']}"
    print(as_one_line(f"marked {marked}: {said['deployment_id']}"))
