"""`leadline collector`, `scheduler`, `store`, `web`: run one service, as `up`, systemd and containers do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.options import ConfigFile, read_running_settings, read_settings
from leadline.cli.supervisor.child import STARTED_AGAIN
from leadline.errors import ConfigurationError, HomeHeld, StoreUnavailable

if TYPE_CHECKING:
    from leadline.settings import Settings

ORPHAN_S = 3.0  # children of a killed supervisor end within 2 s
STORE_PATIENCE_S = 10.0  # a command that started a store for itself ends soon


def collector(config: ConfigFile = None) -> None:
    """Receive beacons, and answer 204 once each is on disk. Needs no other service.

    \b
    Example:
      leadline collector -c /etc/leadline/leadline.toml
    """
    _serve("collector", config)


def scheduler(config: ConfigFile = None) -> None:
    """Run the journeys and checks, judge their results and page. Works without web and collector.

    \b
    Example:
      leadline scheduler -c /etc/leadline/leadline.toml
    """
    _serve("scheduler", config)


def store(config: ConfigFile = None) -> None:
    """Load beacons and results into DuckDB, and answer figures and SQL on a socket of this home.

    \b
    Example:
      leadline store -c /etc/leadline/leadline.toml
    """
    _serve("store", config)


def web(config: ConfigFile = None) -> None:
    """Serve the dashboard and the API. Figures come from the store service.

    \b
    Example:
      leadline web -c /etc/leadline/leadline.toml
    """
    _serve("web", config)


def agent(
    location: Annotated[str, typer.Option("--location", metavar="NAME", help="Name of this agent's location.")],
    config: ConfigFile = None,
) -> None:
    """Run journeys in another location (comes in a later release).

    \b
    Example:
      leadline agent --location frankfurt
    """
    read_settings(config)
    raise ConfigurationError(
        f"agents come in a later release; nothing runs in {location!r} yet",
        hint='until then every journey and check runs where the scheduler runs: locations = ["local"]',
    )


def _serve(name: str, config: ConfigFile) -> None:
    if os.environ.get("LEADLINE_PARENT_PID"):
        from leadline.workers.lifeline import die_with_parent

        die_with_parent()  # before the slow imports, so that no process stays if the supervisor is killed meanwhile
    # A broken save must not prevent a restart; a first start needs a file without errors.
    settings = read_running_settings(config) if os.environ.get(STARTED_AGAIN) else read_settings(config)
    with _alone(name, settings):
        code = _service_main(name, settings)
    raise typer.Exit(code)


@contextmanager
def _alone(name: str, settings: Settings) -> Iterator[None]:
    """Allows one web and one store per home, and holds the lock that tells commands that the service runs.

    The scheduler has its own lock. A store waits for one that a command has started for itself.
    """
    if name not in {"web", "store"}:
        yield
        return
    from leadline.cli.supervisor.preflight import prepare_home
    from leadline.clock import now
    from leadline.locks import take_lock

    prepare_home(settings)
    lock, patience_s = settings.paths.run / f"{name}.lock", STORE_PATIENCE_S if name == "store" else ORPHAN_S
    try:
        held = take_lock(lock, what=f"leadline {name}", settings_file=settings.file, now=now(), patience_s=patience_s)
    except HomeHeld as error:
        if name == "store" and os.environ.get("LEADLINE_PARENT_PID"):
            # Not a configuration error: the supervisor tries again.
            raise StoreUnavailable(error.message, hint=error.hint) from error
        raise
    try:
        yield
    finally:
        held.release()


def _service_main(name: str, settings: Settings) -> int:
    try:
        service = import_module(f"leadline_{name}.service")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0].startswith("leadline"):
            raise
        raise ConfigurationError(
            f"{name} is not installed: there is no module {error.name}", hint=f"pip install 'leadline[{name}]'"
        ) from error
    code: int = service.main(settings)
    return code
