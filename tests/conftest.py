"""What holds for every test of the house."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test in a real browser that fails is run once more, and the report counts it as a rerun.

    Two browsers on two cores can outlast a page's patience. A test that kills is never run again: a beacon or a page
    that is lost once in a hundred kills is the very thing that it is there to find.
    """
    for item in items:
        if item.get_closest_marker("browser") and not item.get_closest_marker("kill"):
            item.add_marker(pytest.mark.flaky(reruns=1))
