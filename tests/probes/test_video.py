"""The pictures of a trace as a video: in their order, of one page, and never in the way of a run."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
from probes.pool_stand import open_stand

from leadline_probes.masking import Mask
from leadline_probes.trace_reading import Picture, read_pictures
from leadline_probes.video import find_ffmpeg, write_video


def trace_of(folder: Path, *, text: str = "") -> Path:
    """Three pictures of page one, out of order, and one of page two, whose file is lost."""
    frames = [("one", "b", 30.0), ("one", "a", 10.0), ("two", "lost", 20.0), ("one", "c", 40.0)]
    lines = [{"type": "frame-snapshot", "snapshot": {"html": ["P", {}, text]}}] + [
        {"type": "screencast-frame", "pageId": page, "file": f"screencast/{name}.jpeg", "timestamp": at}
        for page, name, at in frames
    ]
    file = folder / "trace.zip"
    with ZipFile(file, "w") as archive:
        said = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
        archive.writestr("trace.trace", said)
        for name in ("a", "b", "c"):
            archive.writestr(f"screencast/{name}.jpeg", b"no picture at all")
    return file


def test_pictures_are_those_of_one_page_in_their_order(tmp_path: Path) -> None:
    with ZipFile(trace_of(tmp_path)) as archive:
        pictures = read_pictures(archive)
    assert pictures == [Picture(f"screencast/{name}.jpeg", at) for name, at in (("a", 10.0), ("b", 30.0), ("c", 40.0))]


def test_a_page_that_showed_a_secret_has_no_pictures_and_others_keep_theirs(tmp_path: Path) -> None:
    for text, left in (("Ann, correct horse", 0), ("Ann", 3)):
        file = trace_of(tmp_path, text=text)
        Mask(["correct horse"]).zip(file)
        with ZipFile(file) as archive:
            assert len(read_pictures(archive)) == left
            assert sum("screencast" in name for name in archive.namelist()) == left
            assert b"correct horse" not in archive.read("trace.trace")


async def test_an_ffmpeg_that_fails_leaves_its_reason_and_no_file(tmp_path: Path) -> None:
    false = shutil.which("false")
    assert false is not None
    place = tmp_path / "video.webm"
    assert await write_video(trace_of(tmp_path), place, false) == "false: exit code 1"
    assert not place.exists()


def test_an_ffmpeg_is_the_one_that_is_named_or_that_of_the_path(tmp_path: Path) -> None:
    own = tmp_path / "ffmpeg"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert find_ffmpeg({"PATH": str(tmp_path)}) == str(own)
    assert find_ffmpeg({"PATH": "", "LEADLINE_FFMPEG": str(own)}) == str(own)
    assert find_ffmpeg({"PATH": str(tmp_path), "LEADLINE_FFMPEG": str(tmp_path / "none")}) is None


@pytest.mark.browser
@pytest.mark.skipif(find_ffmpeg(os.environ) is None, reason="this machine has no ffmpeg")
async def test_the_re_run_that_confirms_a_failure_has_a_video(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        result = await stand.run('await page.goto("/")\nassert False', confirms_run_id="01FIRST")
        assert stand.evidence_of(result, "video").read_bytes()[:4] == b"\x1a\x45\xdf\xa3"  # EBML: WebM
