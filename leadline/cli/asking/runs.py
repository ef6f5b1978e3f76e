"""One run with its evidence files, from the home's records, which can be read while services run."""

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
    """A file of a run; `is_there` is False once it was removed for its age or size."""

    kind: str
    path: Path
    is_there: bool


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A finished run: its row as in the API, and its files."""

    result: RunResult
    row: dict[str, Any]
    files: tuple[KeptFile, ...]

    @property
    def trace(self) -> KeptFile | None:
        """The run's trace, if one was kept."""
        return next((file for file in self.files if file.kind == "trace"), None)


def find_run(settings: Settings, run_id: str) -> ShownRun:
    """Raises ConfigurationError if no finished run has that id."""
    from leadline.records.rows import run_document

    with reading_records(settings) as records:
        result = None if records is None else records.run(run_id)
    if result is None:
        raise ConfigurationError(
            f"no finished run with ID {run_id!r}",
            hint="pages and the dashboard show the runs of an incident; `leadline sql` lists all",
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
