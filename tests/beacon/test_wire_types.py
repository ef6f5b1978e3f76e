"""The page and the collector speak of one schema."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_typescript_types_are_those_of_the_wire() -> None:
    generator = [sys.executable, str(ROOT / "tools" / "generate_wire_types.py"), "--check"]
    checked = subprocess.run(generator, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
