"""Silences, straight in the records: the scheduler reads them before each page, whatever web does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leadline.cli.asking.ledger import reading_records, who, writing_records
from leadline.clock import new_id, now
from leadline.errors import ConfigurationError
from leadline.model import MonitorKind
from leadline.settings import Settings, parse_duration_s

if TYPE_CHECKING:
    from leadline.records import Silence

LONGEST = timedelta(days=90)  # longer is a configuration, not a silence: remove the journey or its route


def add_silence(
    settings: Settings, *, span: str, reason: str, app: str | None, monitor: MonitorKind | None, name: str | None
) -> Silence:
    """In force from now on. ConfigurationError for a span that is no duration or too long."""
    from leadline.records import Silence

    try:
        length = timedelta(seconds=parse_duration_s(span))
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(f"--for: {error}") from error
    if length > LONGEST:
        raise ConfigurationError(f"--for {span} is longer than {LONGEST.days} days", hint="remove what need not page")
    begin = now()
    silence = Silence(
        silence_id=new_id(),
        starts_at=begin,
        ends_at=begin + length,
        reason=reason,
        created_by=who(),
        created_at=begin,
        app=app,
        monitor=monitor,
        name=name,
    )
    with writing_records(settings) as records:
        records.add_silence(silence)
    return silence


def active_silences(settings: Settings) -> list[Silence]:
    """Those in force now."""
    with reading_records(settings) as records:
        return [] if records is None else records.silences(now())


def end_silence(settings: Settings, silence_id: str) -> bool:
    """False where none of that id is in force."""
    with reading_records(settings) as records:
        return records is not None and records.end_silence(silence_id, now=now())
