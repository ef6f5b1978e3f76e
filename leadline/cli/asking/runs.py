"""One run with the files that were kept of it, from the home's records: they can be read beside whatever runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadline.cli.asking.ledger import reading_records
from leadline.errors import ConfigurationError
from leadline.settings import Settings

if TYPE_CHECKING:
    from leadline.model import RunResult


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a run; `is_there` is False once it was removed for its age, or for the room it took."""

    kind: str
    path: Path
    is_there: bool


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A finished run, its row as the API has it, and its files."""

    result: RunResult
    row: dict[str, Any]
    files: tuple[KeptFile, ...]

    @property
    def trace(self) -> KeptFile | None:
        """The run's trace, if one was kept."""
        return next((file for file in self.files if file.kind == "trace"), None)


def find_run(settings: Settings, run_id: str) -> ShownRun:
    """Raises ConfigurationError where there is no finished run of that id."""
    from leadline.records.rows import run_document

    with reading_records(settings) as records:
        result = None if records is None else records.run(run_id)
    if result is None:
        raise ConfigurationError(
            f"no finished run with ID {run_id!r}",
            hint="pages and the dashboard name the runs of an incident; `leadline sql` has all",
        )
    folder = settings.paths.evidence
    files = tuple(
        KeptFile(one.kind, folder / one.path, is_there=(folder / one.path).is_file()) for one in result.evidence
    )
    row = run_document(result)
    row["evidence"] = [
        {**listed, "path": str(file.path), "is_there": file.is_there}
        for listed, file in zip(row["evidence"], files, strict=True)
    ]
    return ShownRun(result, row, files)
