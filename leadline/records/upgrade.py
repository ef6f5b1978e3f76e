"""Migrates a records file to the newest schema: in one transaction, so that a kill leaves the old schema intact.

Two processes that open it at once are safe: BEGIN IMMEDIATE lets one of them in, and the other finds nothing left to
do. It rejects a file from a newer release. Alembic is only imported when there is something to migrate.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text

from leadline.errors import RecordsUnavailable
from leadline.records.database import Database

__all__ = ["NEWEST", "migrate"]

# The newest migration in migrations/versions/; a test compares.
NEWEST = "0013"
_FOLDER = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Makes or upgrades the tables. Raises RecordsUnavailable."""
    database.turn_on_wal()
    with database.reading() as connection:
        if _read_form(connection) == NEWEST:
            return
    with database.writing() as connection:
        form = _read_form(connection)
        if form != NEWEST:
            _upgrade(connection, database.path, form)


def _read_form(connection: Connection) -> str | None:
    found = connection.execute(text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"))
    if found.first() is None:
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, path: Path, form: str | None) -> None:
    from alembic import command  # late: it costs a second, and almost every opening finds nothing to do
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        if form is not None:
            ScriptDirectory.from_config(config).get_revision(form)
    except CommandError as error:
        raise RecordsUnavailable(
            f"{path}: a newer release of Leadline has written these records (form {form}; this one knows {NEWEST})",
            hint="Install that release again, or restore the backup that was made before it.",
            retryable=False,
        ) from error
    command.upgrade(config, "head")
