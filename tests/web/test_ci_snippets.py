"""The files that other people's CI includes: their scripts run here, against a real web service."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SHA = "3f2a9c1d"

pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None or shutil.which("jq") is None, reason="curl and jq are what these scripts call"
)


def script_of(name: str) -> str:
    """The shell text that the CI service would run."""
    document = yaml.safe_load((ROOT / "deploy" / "ci" / name).read_text())
    if name.startswith("github"):
        return str(document["runs"]["steps"][0]["run"])
    return "\n".join(document[".leadline-mark"]["script"])


def mark(web: Any, name: str, **said: str) -> subprocess.CompletedProcess[str]:
    environ = {
        "PATH": os.environ["PATH"],
        "LEADLINE_URL": web.url + "/",
        "LEADLINE_VERSION": 'release/2026-11 "b"',
        "LEADLINE_COHORT": "",
        "LEADLINE_COMMIT": SHA,
        "CI_COMMIT_SHA": SHA,
        "CI_COMMIT_TIMESTAMP": "2026-11-24T10:00:00+01:00",
        **said,
    }
    command = ["bash", "-euo", "pipefail", "-c", script_of(name)]
    if name.startswith("gitlab"):
        command.remove("-euo")
        command.remove("pipefail")
    return subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", ["github/action.yml", "gitlab/leadline.yml"])
def test_the_script_marks_a_deployment(web: Any, app: str, name: str) -> None:
    done = mark(web, name, LEADLINE_APP=app, LEADLINE_COHORT="canary")
    assert done.returncode == 0, done.stderr
    [row] = [row for row in web.client.get("/v1/deployments").json() if row["app"] == app]
    assert (row["service_version"], row["cohort"], row["commit"]) == ('release/2026-11 "b"', "canary", SHA)


@pytest.mark.parametrize("name", ["github/action.yml", "gitlab/leadline.yml"])
def test_a_deployment_that_was_refused_fails_the_step_and_says_why(web: Any, name: str) -> None:
    done = mark(web, name, LEADLINE_APP="shopp")
    assert done.returncode != 0
    assert "unknown-app" in done.stdout + done.stderr
