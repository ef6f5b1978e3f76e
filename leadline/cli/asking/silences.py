"""Silences: through web if it knows who asks, else directly in the records, where the scheduler reads them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from leadline.cli.asking.ledger import Row, reading_records, web_that_knows_who, who, writing_records
from leadline.clock import new_id, now
from leadline.errors import ConfigurationError
from leadline.incidents.silenced_names import refuse_silence
from leadline.model import MonitorKind
from leadline.settings import Settings, parse_duration_s

LONGEST = timedelta(days=31)  # the same as web's limit: a forgotten silence is a disabled monitor


def add_silence(
    settings: Settings, *, span: str, reason: str, app: str | None, monitor: MonitorKind | None, name: str | None
) -> Row:
    """In force from now on. ConfigurationError if the span is invalid or too long."""
    length = _length(span)
    if (web := web_that_knows_who(settings)) is not None:
        said = {"duration": span, "reason": reason, "app": app, "monitor": monitor, "name": name}
        return web.post("/v1/silences", said).row()
    from leadline.records import Silence

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
        known = {("check", one.app, one.name) for one in settings.checks} | records.monitor_names()
        if (wrong := refuse_silence(known, app=app, monitor=monitor, name=name)) is not None:
            raise ConfigurationError(wrong)
        records.add_silence(silence)
    return asdict(silence)


def active_silences(settings: Settings) -> list[Row]:
    """Those in force now."""
    with reading_records(settings) as records:
        return [] if records is None else [asdict(silence) for silence in records.silences(now())]


def end_silence(settings: Settings, silence_id: str) -> bool:
    """False if no silence with that id is in force."""
    with reading_records(settings) as records:
        return records is not None and records.end_silence(silence_id, now=now())


def _length(span: str) -> timedelta:
    try:
        length = timedelta(seconds=parse_duration_s(span))
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(f"--for: {error}") from error
    if length > LONGEST:
        raise ConfigurationError(
            f"--for {span} is longer than {LONGEST.days} days",
            hint="to stop paging for good, remove the journey or check, or its route",
        )
    return length
