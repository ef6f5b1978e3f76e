"""Finds the journeys in files and folders, and the problems of those that can't be used.

Importing a user's file may do anything, so this runs in a separate process (leadline_probes.errand); `before_import`
tells its parent which file is next, in case the import never returns.
"""

from __future__ import annotations

import ast
import os
import re
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from leadline.errors import LeadlineError
from leadline.journeys.declaration import Journey, Journeys, UnknownArgument
from leadline.journeys.marked_tests import marked_tests
from leadline.journeys.user_module import import_file
from leadline.model.monitors import JourneySpec
from leadline.model.worker_messages import JourneyProblem

# A file in a folder is imported only if it contains both: a journey imports the decorator from us.
_SPEAKS_OF_JOURNEYS = re.compile(rb"\bleadline\b[\s\S]*\bjourney\b|\bjourney\b[\s\S]*\bleadline\b|\bmark\.journey\b")
_IGNORED_FOLDERS = {"__pycache__", "node_modules", "site-packages"}


def find_journeys(
    paths: Sequence[Path],
    import_folder: Path,
    *,
    skip: Collection[Path] = (),
    before_import: Callable[[Path], object] = str,
) -> tuple[list[JourneySpec], list[JourneyProblem]]:
    """Every journey, in the order of the files, and one problem for each thing that is wrong."""
    journeys: list[JourneySpec] = []
    problems: list[JourneyProblem] = []
    by_name: dict[str, JourneySpec] = {}
    for path in paths:
        files = list(_journey_files(path))
        if not files:
            problems.append(_nothing_there(path))
        for file in files:
            if file in skip or any(journey.path == str(file) for journey in journeys):
                continue
            before_import(file)
            found = journeys_in(file, import_folder)
            if isinstance(found, JourneyProblem):
                problems.append(found)
                continue
            if not found and path == file:
                problems.append(_no_journey(file))
            for journey in found:
                if (first := by_name.get(journey.name)) is not None:
                    problems.append(_duplicate(journey.spec(), first))
                    continue
                by_name[journey.name] = journey.spec()
                journeys.append(by_name[journey.name])
    return journeys, problems


def journeys_in(file: Path, import_folder: Path) -> list[Journey] | JourneyProblem:
    """The journeys declared in `file` (not those it imports from elsewhere), by line; or why it can't be imported."""
    try:
        module = import_file(file, import_folder)
    except (Exception, SystemExit) as error:
        return _import_problem(file, error)
    declared = (value for value in vars(module).values() if isinstance(value, Journey | Journeys))
    found = [one for value in declared for one in (value if isinstance(value, Journeys) else (value,))]
    try:
        found += marked_tests(module)
    except LeadlineError as error:
        return _import_problem(file, error)
    return sorted((one for one in found if _is_same(one.path, file)), key=lambda journey: journey.line)


def load_journey(spec: JourneySpec, import_folder: Path) -> Journey | JourneyProblem:
    """The journey that `spec` names."""
    file = Path(spec.path)
    found = journeys_in(file if file.is_absolute() else import_folder / file, import_folder)
    if isinstance(found, JourneyProblem):
        return found
    for journey in found:
        if journey.name == spec.name:
            return journey
    return JourneyProblem(
        spec.path, 1, f"no journey named {spec.name} is in the file any more", "reload the configuration"
    )


def _journey_files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path.resolve()
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _IGNORED_FOLDERS)
        for name in sorted(names):
            file = Path(folder, name)
            if file.suffix == ".py" and not name.startswith(".") and _SPEAKS_OF_JOURNEYS.search(file.read_bytes()):
                yield file.resolve()


def _is_same(one: Path, other: Path) -> bool:
    return one == other or one.resolve() == other.resolve()


def _nothing_there(path: Path) -> JourneyProblem:
    if not path.exists():
        return JourneyProblem(
            str(path), 1, "no such file or folder", "paths are relative to the folder of leadline.toml"
        )
    return JourneyProblem(
        str(path), 1, "no journey is in this folder", "a journey is an async function under @journey(every=…)"
    )


def _no_journey(file: Path) -> JourneyProblem:
    return JourneyProblem(str(file), 1, "no journey is in this file", "put @journey(every=…) above an async function")


def _duplicate(journey: JourneySpec, first: JourneySpec) -> JourneyProblem:
    return JourneyProblem(
        journey.path,
        journey.line,
        f"a journey named {journey.name} already exists in {first.path}:{first.line}",
        "rename one, or set another name: @journey(name=…)",
    )


def _place_of_argument(file: Path, argument: str, line: int) -> tuple[int, int]:
    """Line and column of a keyword, the one nearest to `line`, where a call spreads over several."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return line, 1
    places = [
        (one.lineno, one.col_offset + 1)
        for one in ast.walk(tree)
        if isinstance(one, ast.keyword) and one.arg == argument
    ]
    return min(places, key=lambda place: abs(place[0] - line), default=(line, 1))


def _import_problem(file: Path, error: BaseException) -> JourneyProblem:
    """The place of the error in the user's file, in one line."""
    if isinstance(error, SyntaxError) and error.filename and _is_same(Path(error.filename), file):
        return JourneyProblem(str(file), error.lineno or 1, f"SyntaxError: {error.msg}", "")
    lines = [
        frame.lineno or 1
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename and _is_same(Path(frame.filename), file)
    ]
    line = lines[-1] if lines else 1
    if isinstance(error, SystemExit):
        return JourneyProblem(str(file), line, f"the file ends the process when imported: sys.exit({error.code!r})", "")
    if isinstance(error, UnknownArgument):
        line, column = _place_of_argument(file, error.argument, line)
        return JourneyProblem(str(file), line, error.message, error.hint, column)
    if isinstance(error, LeadlineError):
        return JourneyProblem(str(file), line, error.message, error.hint)
    hint = ""
    if isinstance(error, ModuleNotFoundError):
        hint = "looked for in the folder of leadline.toml, then beside the journey, then among what is installed"
    text = str(error).strip().splitlines()
    return JourneyProblem(str(file), line, f"{type(error).__name__}: {text[0] if text else ''}".rstrip(": "), hint)
