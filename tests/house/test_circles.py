"""No module, and no script of the beacon, imports another that imports it back: each can be read without the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

BEACON = Path(__file__).parents[2] / "web/beacon/src"


@pytest.mark.parametrize(
    "package",
    ["leadline", "leadline_collector", "leadline_probes", "leadline_scheduler", "leadline_store", "leadline_web"],
)
def test_no_imports_go_in_a_circle(package: str) -> None:
    graph = grimp.build_graph(package, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert imports[package] is not None
    assert (circle := find_circle(imports)) is None, circle


def test_no_script_of_the_beacon_imports_in_a_circle() -> None:
    scripts = {file.resolve(): read_imports(file.resolve()) for file in BEACON.rglob("*.ts")}
    assert len(set().union(*scripts.values())) > 20, "imports are found"
    assert (circle := find_circle(scripts)) is None, circle


def test_a_circle_of_scripts_is_noticed_and_one_of_types_is_none(tmp_path: Path) -> None:
    one, other = tmp_path / "one.ts", tmp_path / "other.ts"
    one.write_text('import { type A, b } from "./other";\n')
    other.write_text('import type { C } from "./one";\nimport { type D } from "./one";\n')
    assert find_circle({file: read_imports(file) for file in (one, other)}) is None
    other.write_text('import {\n  c,\n} from "./one";\n')
    assert find_circle({file: read_imports(file) for file in (one, other)}) is not None


def find_circle(imports: Mapping[str, set[str]] | Mapping[Path, set[Path]]) -> str | None:
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return " imports ".join(map(str, reversed(error.args[1])))
    return None


def read_imports(file: Path) -> set[Path]:
    """What a script imports of its own at run time: types are erased."""
    found = set()
    for names, where in re.findall(r'^import (?!type )(?:([^;"]*?) from )?"(\.[^"]+)"', file.read_text(), re.M):
        named = [name.strip() for name in names.strip("{} \n").split(",") if name.strip()]
        if not named or not all(name.startswith("type ") for name in named):
            found.add((file.parent / f"{where}.ts").resolve())
    return found
