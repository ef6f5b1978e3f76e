"""Flags: through web if it knows who asks, else directly in the records; both ways publish them in the home.

A kill needs neither web nor scheduler nor store: it commits to the records and writes the collector's file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from leadline.cli.asking.ledger import Row, reading_records, web_that_knows_who, who, writing_records
from leadline.clock import now
from leadline.settings import Settings, configured_flags, configured_rings

if TYPE_CHECKING:
    from leadline.flags import Evaluation, Flag
    from leadline.guard.flag_desk import FlagDesk, FlagRecords


def list_flags(settings: Settings) -> list[Row]:
    """Every flag of the file and of the records."""
    with reading_records(settings) as records:
        return _desk(settings, records if records is not None else _NothingKept()).rows()


def kill_flag(settings: Settings, key: str, *, reason: str) -> Row:
    if (web := web_that_knows_who(settings)) is not None:
        return web.post(f"/v1/flags/{key}/kill", {"reason": reason}).row()
    with _open_desk(settings) as desk:
        return desk.kill(key, by=who(), reason=reason, at=now())


def restore_flag(settings: Settings, key: str, *, reason: str) -> Row:
    if (web := web_that_knows_who(settings)) is not None:
        return web.post(f"/v1/flags/{key}/restore", {"reason": reason}).row()
    with _open_desk(settings) as desk:
        return desk.restore(key, by=who(), reason=reason, at=now())


def set_flag(
    settings: Settings, key: str, *, variant: str | None, share: float | None, rings: Sequence[str], reason: str
) -> Row:
    if (web := web_that_knows_who(settings)) is not None:
        said = {"variant": variant, "share": share, "rings": list(rings), "reason": reason}
        return web.post(f"/v1/flags/{key}/set", said).row()
    with _open_desk(settings) as desk:
        return desk.set(key, variant=variant, share=share, rings=rings, by=who(), reason=reason, at=now())


def define_flag(settings: Settings, flag: Flag, *, reason: str) -> Row:
    """Directly in the records: there is no other way yet."""
    with _open_desk(settings) as desk:
        return desk.define(flag, by=who(), reason=reason, at=now())


def evaluate_flag(settings: Settings, key: str, context: dict[str, Any]) -> Evaluation:
    """The collector's answer, computed from the same file. Raises EvaluationFailed."""
    from leadline.flags import in_force
    from leadline.guard.flag_file import read_published

    with reading_records(settings) as records:
        app = _desk(settings, records if records is not None else _NothingKept()).find(key).app
    published = read_published(settings.paths.home) or ()
    return in_force(app, configured_flags(settings), configured_rings(settings), published).evaluate(key, context)


@contextmanager
def _open_desk(settings: Settings) -> Iterator[FlagDesk]:
    with writing_records(settings) as records:
        yield _desk(settings, records)


def _desk(settings: Settings, records: FlagRecords) -> FlagDesk:
    from leadline.guard.flag_desk import FlagDesk

    return FlagDesk(
        records,
        home=settings.paths.home,
        flags=configured_flags(settings),
        rings=configured_rings(settings),
        environments={app.name: app.environment for app in settings.apps},
    )


class _NothingKept:
    """The records of a home that has recorded nothing yet."""

    def flag_states(self) -> list[Any]:
        return []

    def change_flag(self, key: str, decide: Any) -> None:
        raise AssertionError(f"{key}: {decide} needs open records")
