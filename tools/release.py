"""`make release`: checks that this commit can be released as the version it names, builds and tags it. Pushes nothing.

`make release VERSION=0.2.0` first writes the version where it stands, and stops for you to look and commit.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "leadline" / "__init__.py"
CHANGELOG = ROOT / "CHANGELOG.md"
PACKAGES = [
    ROOT / "web" / name / file for name in ("beacon", "dashboard") for file in ("package.json", "package-lock.json")
]
_VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
_PACKAGE_VERSION = re.compile(r'"version": "[^"]+"')
_WELL_FORMED = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")


def read_version() -> str:
    """The version in `leadline/__init__.py`, the source of all others."""
    found = _VERSION.search(SOURCE.read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def write_version(version: str, *, day: str) -> None:
    """Writes it wherever a version stands, and above the changelog's unreleased entries."""
    SOURCE.write_text(_VERSION.sub(f'__version__ = "{version}"', SOURCE.read_text(encoding="utf-8")), encoding="utf-8")
    for file in PACKAGES:  # the first of a package.json, the first two of its lock; the others are dependencies
        ours = 1 if file.name == "package.json" else 2
        text = file.read_text(encoding="utf-8")
        file.write_text(_PACKAGE_VERSION.sub(f'"version": "{version}"', text, count=ours), encoding="utf-8")
    gathered = CHANGELOG.read_text(encoding="utf-8")
    CHANGELOG.write_text(
        gathered.replace("## Unreleased\n", f"## Unreleased\n\n## {version} ({day})\n", 1), encoding="utf-8"
    )


def find_obstacles(version: str) -> list[str]:
    """Why this checkout can't be released as `version`."""
    found = []
    if said := git("status", "--porcelain"):
        found.append(f"commit or remove first:\n{said}")
    if git("tag", "--list", f"v{version}"):
        found.append(f"the tag v{version} is there already: make release VERSION=…")
    if f"\n## {version} (" not in CHANGELOG.read_text(encoding="utf-8"):
        found.append(f"CHANGELOG.md has no section {version}: make release VERSION={version}")
    found += [
        f"{file.relative_to(ROOT)} names {said}: make release VERSION={version}"
        for file in PACKAGES
        if (said := json.loads(file.read_text(encoding="utf-8"))["version"]) != version
    ]
    return found


def git(*words: str) -> str:
    ran = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def main(wanted: str) -> int:
    if wanted and wanted != read_version():
        if not _WELL_FORMED.fullmatch(wanted):
            print(f"{wanted!r} is not a version like 1.2.3 or 1.2.3rc1", file=sys.stderr)
            return 2
        write_version(wanted, day=f"{datetime.now(UTC):%Y-%m-%d}")
        print(f"wrote {wanted}; look at it, commit it, then: make release")
        return 0
    version = read_version()
    if obstacles := find_obstacles(version):
        print("\n".join(obstacles), file=sys.stderr)
        return 1
    subprocess.run(["make", "test"], cwd=ROOT, check=True)
    subprocess.run([sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist"], cwd=ROOT, check=True)
    git("tag", "--annotate", f"v{version}", "--message", f"Leadline {version}")
    print(f"dist/ holds {version}, tagged v{version}; to publish: git push origin v{version}")
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ.get("VERSION", "")))
