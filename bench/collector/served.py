"""What `servers.py` has every ASGI server serve: an empty 204, and the collector's own callable with all steps on.

`LEADLINE_BENCH_FOLDER` is where the collector's log goes; without it there is only the empty 204.
"""

from __future__ import annotations

import os
from pathlib import Path

from variants import SETTINGS, empty_204

from leadline.settings import load_settings
from leadline_collector.collector import Collector
from leadline_collector.front import Front
from leadline_collector.routes import create_app

__all__ = ["collector", "empty_204"]

if folder := os.environ.get("LEADLINE_BENCH_FOLDER"):
    toml = Path(folder) / "leadline.toml"
    toml.write_text(SETTINGS)
    _collecting = Collector(load_settings(toml))
    collector = Front(_collecting, create_app(_collecting))
