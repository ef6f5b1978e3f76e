"""What `leadline import` says of days that retention takes away again."""

from __future__ import annotations

from datetime import UTC, datetime

from leadline.cli.asking.interchange import RAW_TABLES, say_too_old
from leadline.store.interchange.tables import OF_VIEWS
from leadline.storeclient.interchange import ImportFile

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MONTH_S = 30 * 86400.0


def file(day: str, table: str = "page_views") -> ImportFile:
    return ImportFile(table=table, day=day, path="unread")


def test_a_day_that_retention_keeps_in_part_is_kept_whole_and_needs_no_note() -> None:
    assert say_too_old([file("2026-10-28"), file("2026-11-27")], kept_s=MONTH_S, moment=NOW) == []


def test_a_day_before_is_named_with_what_keeps_it() -> None:
    (note,) = say_too_old([file("2026-10-27"), file("2026-10-28")], kept_s=MONTH_S, moment=NOW)
    assert note.startswith("day 2026-10-27 is older than [retention] raw keeps (30 days, from 2026-10-28 on)")
    assert "raise [retention] raw" in note
    assert "keep the sums that they had" in note


def test_many_days_are_one_note() -> None:
    files = [file("2026-09-01"), file("2026-09-02", "errors"), file("2026-09-02")]
    (note,) = say_too_old(files, kept_s=MONTH_S, moment=NOW)
    assert note.startswith("2 days from 2026-09-01 to 2026-09-02 are older")


def test_files_without_a_day_and_what_belongs_to_no_view_are_not_spoken_of() -> None:
    assert say_too_old([file(""), file("2020-01-01", "deployments")], kept_s=MONTH_S, moment=NOW) == []


def test_the_tables_are_those_that_hang_on_views() -> None:
    assert frozenset(OF_VIEWS) == RAW_TABLES
