"""The evidence of recorded verdicts, kept beside that of runs: `<evidence>/<date>/<verdict_id>/verdict.json.gz`.

There it has the cap by age and size of all evidence. The process that asked the store for a bundle keeps it here; a
bundle that is too large is not kept.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["FILE_NAME", "LARGEST_BUNDLE", "find_bundle", "is_verdict_id", "keep_bundle", "unpack_bundle"]

FILE_NAME = "verdict.json.gz"
# A day of five million events in twelve strata stays below it, unpacked.
LARGEST_BUNDLE = 256_000_000
_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_GZIP = b"\x1f\x8b"


def is_verdict_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def keep_bundle(evidence: Path, verdict_id: str, text: str, *, decided_at: datetime) -> Path:
    """Where it stands now, whole. Raises ValueError where it is too large, OSError where the disk does not let it."""
    said = text.encode()
    if len(said) > LARGEST_BUNDLE:
        raise ValueError(f"its evidence has {len(said):,} bytes; at most {LARGEST_BUNDLE:,} are kept")
    folder = evidence / f"{decided_at.astimezone(UTC):%Y-%m-%d}" / verdict_id
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{FILE_NAME}.fresh"
    fresh.write_bytes(gzip.compress(said, 6, mtime=0))
    return fresh.replace(folder / FILE_NAME)


def find_bundle(evidence: Path, verdict_id: str) -> Path | None:
    """None where it was never kept, or has gone by the cap of evidence."""
    return next(iter(sorted(evidence.glob(f"????-??-??/{verdict_id}/{FILE_NAME}"))), None)


def unpack_bundle(said: bytes) -> bytes:
    """A bundle as JSON, packed or not. Raises ValueError for what is damaged or too large."""
    if not said.startswith(_GZIP):
        return said.removeprefix(codecs.BOM_UTF8)
    try:
        with gzip.open(io.BytesIO(said)) as packed:
            text = packed.read(LARGEST_BUNDLE + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"it can't be unpacked: {error}") from error
    if len(text) > LARGEST_BUNDLE:
        raise ValueError(f"unpacked it has more than {LARGEST_BUNDLE:,} bytes")
    return text
