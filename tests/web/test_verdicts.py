"""The verdict over HTTP: one object with its sentence; what can't be compared is named by field."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadline.clock import new_id
from leadline.incidents import NOBODY
from leadline.model import Deployment, Verdict
from leadline.model.verdicts import VerdictReason


@pytest.fixture
def two_versions(web: Any, app: str, append: Any, beacon: Any, wait: Any) -> Any:
    """A session each, just now: no minute with them is closed yet."""
    append([beacon(page_view_id=f"{app}{v}", session_id=f"{app}{v}", service_version=v) for v in ("1.4.2", "1.5.0")])
    wait(lambda: web.rows(f"SELECT count(*) AS n FROM page_views WHERE app = '{app}'") == [{"n": 2}])
    return web


def test_a_verdict_is_one_object_with_its_sentence(two_versions: Any, app: str) -> None:
    answer = two_versions.client.get("/v1/verdict", params={"app": app})
    assert answer.status_code == 200
    said = answer.json()
    assert (said["service_version"], said["baseline_version"]) == ("1.5.0", "1.4.2")
    assert (said["verdict"], said["exit_code"], said["may_act"]) == ("no_data", 11, False)
    assert said["sentence"].startswith("Hold 1.5.0: ")
    assert "not_registered" in [reason["code"] for reason in said["reasons"]]
    assert "errors" in [metric["name"] for metric in said["metrics"]]


def test_a_verdict_is_drilled_down_where_it_is_asked_for(two_versions: Any, app: str) -> None:
    asked = {"app": app, "by": "device", "metric": "errors"}
    [drilled] = two_versions.client.get("/v1/verdict", params=asked).json()["drilled"]
    assert (drilled["metric"], drilled["by"], drilled["segments"]) == ("errors", "device_type", [])
    assert "drilled" not in two_versions.client.get("/v1/verdict", params={"app": app}).json()


def test_the_evidence_over_time_has_a_point_a_minute_and_the_deployments(
    two_versions: Any, app: str, records: Any
) -> None:
    deployed_at = datetime.now(UTC) - timedelta(minutes=5)
    records.mark_deployment(
        Deployment(
            deployment_id=new_id(), app=app, environment="production", service_version="1.5.0", cohort=None,
            commit=None, deployed_at=deployed_at, marked_by="test",
        )
    )  # fmt: skip
    said = two_versions.client.get("/v1/verdict", params={"app": app, "evidence": True, "since": "10m"}).json()
    evidence = said["evidence"]
    assert (evidence["every_minutes"], evidence["stages"]) == (1, [])
    [mark] = evidence["deployments"]
    assert (mark["service_version"], datetime.fromisoformat(mark["deployed_at"])) == ("1.5.0", deployed_at)
    first_at, decided_at = (datetime.fromisoformat(at) for at in (evidence["first_at"], said["decided_at"]))
    for metric in evidence["metrics"]:
        points = (decided_at - first_at) / timedelta(minutes=1) + 1
        assert len(metric["log_e"]) == len(metric["canary_sessions"]) == points
        assert metric["log_e_to_roll_back"] > metric["log_e_to_pause"] > 0
    assert [metric["name"] for metric in evidence["metrics"]] == [metric["name"] for metric in said["metrics"]]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"app": "shpo"}, "app"),
        ({}, "app"),
        ({"app": "APP", "since": "soon"}, "since"),
        ({"app": "APP", "until": "soon"}, "until"),
        ({"app": "APP", "baseline": "1", "canary": "1"}, "canary"),
        ({"app": "APP", "by": "moon"}, "by"),
        ({"app": "APP", "by": "route", "metric": "lpc_ms"}, "metric"),
    ],
)
def test_what_can_not_be_compared_is_named_by_field(asked: dict[str, str], field: str, web: Any, app: str) -> None:
    asked = {name: app if value == "APP" else value for name, value in asked.items()}
    answer = web.client.get("/v1/verdict", params=asked)
    assert answer.status_code in {400, 404}
    assert answer.json()["field"] == field


def test_an_app_with_one_version_has_nothing_to_compare(web: Any, app: str) -> None:
    answer = web.client.get("/v1/verdict", params={"app": app})
    assert answer.status_code == 400
    assert "nothing to compare" in answer.json()["detail"]


def test_recorded_verdicts_are_listed_newest_first(web: Any, app: str, records: Any) -> None:
    now = datetime.now(UTC)
    first = Verdict(
        app=app,
        canary="1.5.0",
        baseline="1.4.2",
        verdict="inconclusive",
        reasons=(VerdictReason(code="baking", text="too early"),),
        sentence="Hold 1.5.0: too early.",
        decided_at=now,
        since=now - timedelta(minutes=5),
    )
    for one in (first, replace(first, verdict="promote", reasons=(VerdictReason(code="proven", text="ruled out"),))):
        records.commit_verdict(one, environment="production", routing=NOBODY, now=now)
    rows = web.client.get("/v1/verdicts", params={"app": app}).json()
    assert [(row["verdict"], row["exit_code"]) for row in rows] == [("promote", 0), ("inconclusive", 11)]
    assert web.client.get("/v1/verdicts", params={"app": "shpo"}).status_code == 404
