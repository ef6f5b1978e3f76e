"""Checks a file before anything of it is imported: names, types and rows, with the place of each error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from leadline.store.interchange.conform import WrongValue, conform, is_takeable
from leadline.store.interchange.folder import NO_DAY, FoundFile
from leadline.store.interchange.limits import check_arrival, check_limits
from leadline.store.interchange.tables import TABLES

BATCH_ROWS = 65_536
# The names of the folders: hive partitioning writes them into no file, some tools do.
_PARTITIONS = {"table", "day"}
# When something arrived; also the column that gives a table's day.
_ARRIVALS = {"received_at", "last_received_at"}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """An error and its place; `row` counts from 1 in the file, None if no single row is at fault."""

    table: str
    file: Path
    column: str | None
    row: int | None
    message: str

    def __str__(self) -> str:
        place = f"column {self.column}" if self.column else "the file"
        row = f", row {self.row:,}" if self.row is not None else ""
        return f"table={self.table}, {place}{row}: {self.message} ({self.file})"


@dataclass(frozen=True, slots=True)
class Checked:
    rows: int
    problems: list[RowProblem]
    remarks: list[str]
    apps: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Seen:
    """Rows of another day than their folder's, and the NaN values of each column."""

    elsewhere: int = 0
    nans: dict[str, int] = field(default_factory=dict)


def check_file(file: FoundFile, columns: dict[str, pa.DataType], *, now: datetime) -> Checked:
    """Reads the whole file; what arrived after `now` is an error.

    It raises nothing for errors in the file; each column names its first problem.
    """
    try:
        with pq.ParquetFile(file.path) as parquet:
            schema, rows = parquet.schema_arrow, parquet.metadata.num_rows
            problems = list(_missing(file, schema))
            remarks = [*_unknown(file, schema, columns)]
            apps: set[str] = set()
            if not problems:
                time = TABLES[file.table].time
                seen = _check_rows(file, parquet, columns, problems, apps, now=now)
                if seen.elsewhere:
                    remarks.append(
                        f"{_place(file)}: {seen.elsewhere:,} rows are of another UTC day by {time}, "
                        "which is what counts"
                    )
                remarks += [
                    f"{_place(file)}: column {name} is NaN in {count:,} of {rows:,} rows; these become null (not known)"
                    for name, count in seen.nans.items()
                ]
            return Checked(rows, problems, remarks, apps)
    except (pa.ArrowException, OSError) as error:
        told = str(error).splitlines()[0]
        return Checked(0, [RowProblem(file.table, file.path, None, None, f"can't be read as Parquet: {told}")], [])


def read_batches(parquet: pq.ParquetFile, columns: dict[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    """The known columns of a checked file, each as documented; missing ones are left out."""
    known = [name for name in parquet.schema_arrow.names if name in columns]
    for batch in parquet.iter_batches(BATCH_ROWS, columns=known):
        arrays = [conform(batch.column(name), columns[name]) for name in known]
        yield pa.RecordBatch.from_arrays(arrays, names=known)


def _missing(file: FoundFile, schema: pa.Schema) -> Iterator[RowProblem]:
    for name in TABLES[file.table].needed:
        if name not in schema.names:
            near = get_close_matches(name, schema.names, n=1)
            hint = f"; the file has {near[0]!r}" if near else ""
            yield RowProblem(file.table, file.path, name, None, f"is missing, and every row needs it{hint}")
    for name in {name for name in schema.names if schema.names.count(name) > 1}:
        yield RowProblem(file.table, file.path, name, None, "is there more than once")


def _unknown(file: FoundFile, schema: pa.Schema, columns: dict[str, pa.DataType]) -> Iterator[str]:
    for name in schema.names:
        if name not in columns and name not in _PARTITIONS:
            near = get_close_matches(name, columns, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            yield f"{_place(file)}: column {name!r} is not one of the table and is left out{hint}"


def _check_rows(
    file: FoundFile,
    parquet: pq.ParquetFile,
    columns: dict[str, pa.DataType],
    problems: list[RowProblem],
    apps: set[str],
    *,
    now: datetime,
) -> _Seen:
    """Adds each column's first problem and the apps."""
    table = TABLES[file.table]
    known = [name for name in parquet.schema_arrow.names if name in columns]
    wrong: set[str] = set()
    seen, first_row = _Seen(), 0
    for batch in parquet.iter_batches(BATCH_ROWS, columns=known):
        for name in known:
            if name in wrong:
                continue
            try:
                column = _checked(batch.column(name), columns[name], is_needed=name in table.needed)
                check_limits(file.table, name, column)
                if name == table.time or name in _ARRIVALS:
                    check_arrival(column, now)
            except WrongValue as error:
                wrong.add(name)
                row = first_row + error.row + 1
                problems.append(RowProblem(file.table, file.path, name, row, error.message))
                continue
            if nans := column.null_count - batch.column(name).null_count:
                seen.nans[name] = seen.nans.get(name, 0) + nans
            if name == "app":
                apps.update(one for one in pc.unique(column).to_pylist() if one is not None)
            if name == table.time and file.day != NO_DAY:
                seen.elsewhere += pc.sum(pc.not_equal(pc.strftime(column, "%Y-%m-%d"), file.day)).as_py() or 0
        first_row += batch.num_rows
    if first_row == 0:  # no row that could show it
        for name in known:
            given = parquet.schema_arrow.field(name).type
            given = given.value_type if pa.types.is_dictionary(given) else given
            if not is_takeable(given, columns[name]):
                problems.append(RowProblem(file.table, file.path, name, None, f"is {given}"))
    return seen


def _checked(column: pa.Array, wanted: pa.DataType, *, is_needed: bool) -> pa.Array:
    conformed = conform(column, wanted)
    if is_needed and conformed.null_count:
        row = pc.index(pc.is_null(conformed), pa.scalar(True)).as_py()
        raise WrongValue(row, "is null, and every row needs it")
    if pa.types.is_string(wanted):
        conformed.validate(full=True)  # text that is not UTF-8
        if is_needed and (row := pc.index(conformed, pa.scalar("")).as_py()) >= 0:
            raise WrongValue(row, "is empty, and every row needs it")
    return conformed


def _place(file: FoundFile) -> str:
    return f"table={file.table}/{'day=' + file.day + '/' if file.day != NO_DAY else ''}{file.path.name}"
