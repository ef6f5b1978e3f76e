"""Serves the front-end build from static/: `b.js` at a short-lived path and under its hash for ever.

Nothing is built or minified here; packed forms are read, or made once per file.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from leadline_collector.scripts.negotiation import choose_coding

STATIC = Path(__file__).parents[1] / "static"
# Five minutes: a corrected script is everywhere soon; a day of stale-while-revalidate keeps pages from waiting for it.
SHORT_LIVED = "public, max-age=300, stale-while-revalidate=86400"
LONG_LIVED = "public, max-age=31536000, immutable"
_NAME = re.compile(r"[a-z][a-z0-9.\-]{0,80}\.js(?:\.map)?")


@dataclass(frozen=True, slots=True)
class Script:
    """The scripts in a folder; each is read again when it has changed."""

    folder: Path = STATIC

    def find(self, name: str) -> BuiltFile | None:
        """The built file of that name, or None; only names of plain scripts are looked for."""
        if not _NAME.fullmatch(name):
            return None  # also what the file system would call too long
        file = self.folder / name
        if not file.is_file():
            return None
        return _read(file, file.stat().st_mtime_ns)

    def hashed_names(self) -> list[str]:
        """The long-lived names of all built scripts."""
        return [said["file"] for said in self._manifest().values()]

    def hashed_name(self, name: str = "b.js") -> str | None:
        """The long-lived name of `name`, by the build's manifest."""
        return self._manifest().get(name, {}).get("file")

    def integrity(self, name: str = "b.js") -> str | None:
        """The SRI hash of `name`, by the build's manifest."""
        return self._manifest().get(name, {}).get("integrity")

    def _manifest(self) -> dict[str, dict[str, str]]:
        try:
            manifest: dict[str, dict[str, str]] = json.loads((self.folder / "manifest.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return manifest


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A script in the forms that browsers take."""

    plain: bytes
    gzip: bytes
    brotli: bytes | None
    etag: str

    def pick(self, accepted: str) -> tuple[bytes, str]:
        """The smallest form that `Accept-Encoding` allows, and its name."""
        forms = {"gzip": self.gzip} if self.brotli is None else {"br": self.brotli, "gzip": self.gzip}
        coding = choose_coding(accepted, list(forms))
        return forms.get(coding, self.plain), coding


_read_files: dict[Path, tuple[int, BuiltFile]] = {}


def _read(file: Path, stamp: int) -> BuiltFile:
    known = _read_files.get(file)
    if known is not None and known[0] == stamp:
        return known[1]
    plain = file.read_bytes()
    packed = file.with_name(file.name + ".gz")
    brotli = file.with_name(file.name + ".br")
    built = BuiltFile(
        plain=plain,
        gzip=packed.read_bytes() if packed.is_file() else gzip.compress(plain, 9, mtime=0),
        brotli=brotli.read_bytes() if brotli.is_file() else None,
        etag=f'W/"{hashlib.sha256(plain).hexdigest()[:16]}"',
    )
    _read_files[file] = (stamp, built)
    return built
