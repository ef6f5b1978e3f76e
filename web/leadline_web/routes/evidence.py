"""Evidence files of a run. Only names listed in the run's own record are served."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import FileResponse

from leadline.serving.problems import Problem
from leadline.wire.problems import ProblemType
from leadline_web.context import Context, context_of

router = APIRouter(tags=["records"])
_MEDIA = {
    "screenshot": "image/png",
    "trace": "application/zip",
    "log": "text/plain; charset=utf-8",
    "console": "text/plain; charset=utf-8",
    "requests": "application/json",
    "pages": "application/json",
    "video": "video/webm",
}
# An attachment of a journey may be anything: it is downloaded, never shown by the browser.
_DOWNLOAD = "application/octet-stream"


@router.get("/v1/runs/{run_id}/evidence/{name}", response_class=FileResponse)
def evidence(here: Annotated[Context, Depends(context_of)], run_id: str, name: str) -> FileResponse:
    """A file of the run: docs/evidence.md names them. 410 when it was removed for its age or size."""
    run = here.records.open().run(run_id)
    if run is None:
        raise Problem(ProblemType.UNKNOWN_RUN, f"no run with ID {run_id!r}", field="run_id")
    listed = next((one for one in run.evidence if one.path.rpartition("/")[2] == name), None)
    if listed is None:
        raise Problem(ProblemType.UNKNOWN_EVIDENCE, f"run {run_id} has no evidence {name!r}", field="name")
    folder = here.settings.paths.evidence.resolve()
    file = (folder / listed.path).resolve()
    if not file.is_relative_to(folder) or not file.is_file():
        raise Problem(ProblemType.EVIDENCE_REMOVED, f"{name} was removed by retention", field="name")
    headers = {
        "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; media-src 'self'",
        "Cache-Control": "private",
    }
    if listed.kind == "trace":
        headers["Content-Disposition"] = f'attachment; filename="{run_id}-{listed.kind}.zip"'
    elif listed.kind == "attachment":
        return FileResponse(file, media_type=_DOWNLOAD, headers=headers, filename=name)
    return FileResponse(file, media_type=_MEDIA[listed.kind], headers=headers)
