"""No module imports another that imports it back, however far round: each can be read without the other."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest


@pytest.mark.parametrize(
    "package",
    ["leadline", "leadline_collector", "leadline_probes", "leadline_scheduler", "leadline_store", "leadline_web"],
)
def test_no_imports_go_in_a_circle(package: str) -> None:
    graph = grimp.build_graph(package, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert imports[package] is not None
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))
