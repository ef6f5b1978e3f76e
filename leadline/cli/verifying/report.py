"""The finding as a person reads it, and as one flat object for programs."""

from __future__ import annotations

from typing import Any

from leadline.cli.verifying.hindrances import Finding
from leadline.plain_text import as_one_line, shortened

LONGEST_LINE = 400  # characters of text from the page


def write_report(finding: Finding) -> str:
    """A mark and the explanation, the line that fixes it, and notes."""
    lines = [f"{'✓' if finding.is_arriving else '✗'} {_plain(finding.words)}"]
    if finding.mend is not None:
        lines += ["", "  fix it with:", *(f"    {_plain(line)}" for line in finding.mend.splitlines())]
    for one in finding.also:
        lines += ["", f"✗ {_plain(one.words)}"]
        if one.mend is not None:
            lines += ["", "  fix it with:", *(f"    {_plain(line)}" for line in one.mend.splitlines())]
    lines += [f"  note: {_plain(note)}" for note in finding.notes]
    lines += [f"  console: {_plain(line)}" for line in ([] if finding.is_arriving else finding.sighting.console[:3])]
    return "\n".join(lines)


def as_row(finding: Finding) -> dict[str, Any]:
    """The columns of `--format json`."""
    seen = finding.sighting
    return {
        "url": seen.final_url,
        "is_arriving": finding.is_arriving,
        "cause": finding.cause,
        "words": finding.words,
        "mend": finding.mend,
        "also": "; ".join(f"{one.cause}: {one.words}" for one in finding.also) or None,
        "also_mend": "\n".join(one.mend for one in finding.also if one.mend is not None) or None,
        "service_version": seen.service_version,
        "script": seen.source,
        "beacon": seen.beacon.url if seen.beacon else None,
        "status_code": seen.beacon.status if seen.beacon else None,
        "notes": "; ".join(finding.notes) or None,
    }


def _plain(text: str) -> str:
    return shortened(as_one_line(text), to=LONGEST_LINE)
