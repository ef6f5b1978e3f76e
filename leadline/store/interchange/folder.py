"""Finds the files of a folder to import, and reports folders that are not our tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from leadline.store.interchange.tables import DERIVED, TABLES

# The folder of rows without a day: imported anyway, after all others.
NO_DAY = ""


@dataclass(frozen=True, slots=True)
class FoundFile:
    table: str
    day: str
    path: Path


@dataclass(slots=True)
class Found:
    """`problems` prevent the import; `remarks` are reported, and it goes on."""

    files: list[FoundFile] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def days(self) -> list[str]:
        """In order, rows without a day last."""
        return sorted({file.day for file in self.files}, key=lambda day: (day == NO_DAY, day))


def find_files(folder: Path) -> Found:
    """All Parquet files of `table=NAME/day=YYYY-MM-DD/`. Raises OSError if the folder can't be read."""
    found = Found()
    for place in sorted(folder.iterdir()):
        name = place.name.removeprefix("table=")
        if place.name.startswith("."):
            continue
        if not place.is_dir() or name == place.name:
            found.remarks.append(f"{place.name} is left out: it is not a folder table=NAME")
        elif name in DERIVED:
            found.remarks.append(f"table={name} is left out: it is made from the other tables")
        elif name not in TABLES:
            near = get_close_matches(name, TABLES, n=1)
            hint = f"did you mean table={near[0]}?" if near else f"known: {', '.join(TABLES)}"
            found.problems.append(f"{place.name}: unknown table; {hint}")
        else:
            _find_days(name, place, found)
    if not found.files and not found.problems:
        found.problems.append(f"{folder} has no files table=NAME/day=YYYY-MM-DD/*.parquet")
    return found


def _find_days(table: str, folder: Path, found: Found) -> None:
    for place in sorted(folder.iterdir()):
        day = place.name.removeprefix("day=")
        if place.suffix == ".parquet" and place.is_file():
            found.files.append(FoundFile(table, NO_DAY, place))
        elif not place.is_dir() or day == place.name:
            if not place.name.startswith((".", "_")):
                found.remarks.append(f"table={table}/{place.name} is left out: it is not a folder day=YYYY-MM-DD")
        elif not _is_day(day):
            found.problems.append(f"table={table}/{place.name}: not a day; write day=YYYY-MM-DD")
        else:
            files = sorted(file for file in place.glob("*.parquet") if file.is_file())
            found.files += [FoundFile(table, day, file) for file in files]


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
