"""The README's pictures can be taken again from the product as it is: nothing on them is drawn by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.browser
def test_the_pictures_are_taken_from_the_real_dashboard(tmp_path: Path) -> None:
    took = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "readme_pictures.py"), str(tmp_path)], capture_output=True, text=True
    )
    assert took.returncode == 0, took.stderr
    for name in ("now.png", "now-dark.png"):
        picture = (tmp_path / name).read_bytes()
        # The width in a PNG's header stands at bytes 16 to 20 (https://www.w3.org/TR/png-3/#11IHDR)
        assert int.from_bytes(picture[16:20], "big") == 1280
        assert int.from_bytes((ROOT / "docs" / "images" / name).read_bytes()[16:20], "big") == 1280
