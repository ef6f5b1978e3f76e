"""Separates good records from damaged ones, and continues reading after the damage. It repairs and guesses nothing.

A record's body is covered by its checksum; its position is not, but the writer leaves no gaps: if the positions of a
page are not successive numbers, the file's tree is damaged and each position is read separately.
"""

from __future__ import annotations

import sqlite3
from zlib import crc32

from leadline.beaconlog.files import Damage
from leadline.beaconlog.pages import BadRecord, LogPage, LogRecord

# Beyond every position that a file can have (SQLite's largest row is 2^63 - 1): the end of what nobody can read.
FROM_HERE_ON = 2**62

_Row = tuple[int, int, bytes]


def is_damage(error: sqlite3.DatabaseError | UnicodeDecodeError) -> bool:
    """Whether it is damage; not a temporary error such as a lock, too many descriptors, a missing folder, a disk
    error.
    """
    if not isinstance(error, sqlite3.OperationalError):
        return True
    # Our statements are correct, so SQLITE_ERROR, such as "no such column", means a damaged schema.
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_ERROR


def select_records(connection: sqlite3.Connection, after: int, limit: int) -> list[_Row]:
    """The rows. Raises if a page of the file, or the order of the positions, is damaged."""
    rows: list[_Row] = connection.execute(
        "SELECT position, crc, body FROM records WHERE position > ? ORDER BY position LIMIT ?", (after, limit)
    ).fetchall()
    if any(row[0] != position for position, row in enumerate(rows, after + 1)):
        raise sqlite3.DatabaseError("positions are not in a row")
    return rows


def check_records(rows: list[_Row], *, after: int, limit: int, is_sealed: bool) -> LogPage:
    """The page of these rows, each checked against its checksum."""
    records, bad = [], []
    for position, crc, body in rows:
        if isinstance(body, bytes) and crc32(body) == crc:
            records.append(LogRecord(position, body))
        else:
            bad.append(BadRecord(position, "checksum does not match", body if isinstance(body, bytes) else b""))
    upto = rows[-1][0] if rows else after
    return LogPage(records, bad, upto, is_finished=is_sealed and len(rows) < limit)


def read_around_damage(connection: sqlite3.Connection, *, after: int, limit: int, size: int) -> LogPage:
    """Reads one record at a time; an unreadable or missing one becomes a bad record. `size` in bytes."""
    last, sealed = _last_position(connection, most=size)
    if last is None or (last <= after and not sealed):
        damaged = BadRecord(FROM_HERE_ON, "the file is damaged from here on")
        return LogPage(bad=[damaged], upto=FROM_HERE_ON, is_finished=True)
    page = LogPage()
    upto = max(after, min(after + limit, last))
    for position in range(after + 1, upto + 1):
        _read_one(connection, position, page)
    return LogPage(page.records, page.bad, upto, is_finished=sealed and upto >= last)


def _read_one(connection: sqlite3.Connection, position: int, page: LogPage) -> None:
    try:
        rows = connection.execute("SELECT position, crc, body FROM records WHERE position = ?", (position,)).fetchall()
    except Damage as error:
        page.bad.append(BadRecord(position, f"can't be read: {error}"))
        return
    if not rows:
        page.bad.append(BadRecord(position, "is not there"))
        return
    found = check_records(rows[:1], after=position - 1, limit=1, is_sealed=False)
    page.records.extend(found.records)
    page.bad.extend(found.bad)


def _last_position(connection: sqlite3.Connection, *, most: int) -> tuple[int | None, bool]:
    """The last position, and whether the file is sealed; None if neither seal nor table has a plausible one."""
    by_seal = _number(connection, "SELECT last_position FROM seal", most=most)
    by_table = _number(connection, "SELECT count(*) FROM records", most=most)
    if by_table is None:  # counting visits every page, the maximum only those at the edge
        by_table = _number(connection, "SELECT max(position) FROM records", most=most)
    return max((told for told in (by_seal, by_table) if told is not None), default=None), by_seal is not None


def _number(connection: sqlite3.Connection, question: str, *, most: int) -> int | None:
    """The answer, unless it is damaged too: a record takes more than a byte, so there are fewer than `most`."""
    try:
        row = connection.execute(question).fetchone()
    except Damage:
        return None
    return row[0] if row is not None and isinstance(row[0], int) and 0 <= row[0] <= most else None
