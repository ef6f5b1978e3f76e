"""A `compare` of its own for each test."""

from __future__ import annotations

import pytest

from leadline.darklaunch import Compare


@pytest.fixture
def compare() -> Compare:
    return Compare()
