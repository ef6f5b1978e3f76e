"""The pictures of a kept trace as a video, for readers without a trace viewer, if this machine has ffmpeg.

A run pays nothing for it: the re-run that confirms a failure has pictures in its trace anyway, and they are put
together when it is over. Where pictures are left out of a trace (masking.py) there is no video either.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from leadline_probes.trace_reading import Picture, read_pictures

FFMPEG = "LEADLINE_FFMPEG"

# The last picture stays for as long as it takes to look at it.
_LAST_S = 1.0
# VP8 in WebM: what every browser plays, and ffmpeg's fastest settings of it.
_AS_WEBM = (
    *("-vf", "fps=10,scale=trunc(iw/2)*2:trunc(ih/2)*2,format=yuv420p", "-c:v", "libvpx"),
    *("-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-f", "webm"),
)


def find_ffmpeg(environ: Mapping[str, str]) -> str | None:
    """What LEADLINE_FFMPEG names, else `ffmpeg` of the path; None where there is none."""
    return shutil.which(environ.get(FFMPEG) or "ffmpeg", path=environ.get("PATH"))


async def write_video(trace: Path, place: Path, ffmpeg: str) -> str | None:
    """Write `place` from the pictures of `trace`; why there is none, None when there is one."""
    with tempfile.TemporaryDirectory(prefix="leadline-video-") as folder:
        course = _lay_out(trace, Path(folder))
        if course is None:
            return "the trace has no pictures"
        process = await asyncio.create_subprocess_exec(
            *(ffmpeg, "-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", course, *_AS_WEBM, place),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await process.communicate()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            raise
        finally:
            if process.returncode != 0:
                _remove(place)
    last = said.decode(errors="replace").strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
    return None if process.returncode == 0 else f"{os.path.basename(ffmpeg)}: {last[0]}"


def _lay_out(trace: Path, folder: Path) -> Path | None:
    """The pictures as files, and the list of them that ffmpeg reads; None where there are none."""
    with zipfile.ZipFile(trace) as archive:
        pictures = read_pictures(archive)
        names = [_unpack(archive, one, folder, number) for number, one in enumerate(pictures)]
    if not pictures:
        return None
    course = folder / "course"
    course.write_text(_course(pictures, names))
    return course


def _remove(place: Path) -> None:
    place.unlink(missing_ok=True)


def _unpack(archive: zipfile.ZipFile, picture: Picture, folder: Path, number: int) -> str:
    name = f"{number:05}.jpeg"
    Path(folder, name).write_bytes(archive.read(picture.file))
    return name


def _course(pictures: list[Picture], names: list[str]) -> str:
    """In the form of ffmpeg's concat demuxer: each picture until the next one."""
    lasting = [max((after.at_ms - one.at_ms) / 1000, 0.01) for one, after in pairwise(pictures)]
    lines = [f"file {name}\nduration {seconds:.3f}\n" for name, seconds in zip(names, [*lasting, _LAST_S], strict=True)]
    return "ffconcat version 1.0\n" + "".join(lines)
