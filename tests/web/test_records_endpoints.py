"""What the records know is answered whatever the store does, and what an operator does lands there."""

from __future__ import annotations

import json
import os
from datetime import datetime
from typing import Any

from leadline.model import Evidence, RunFinding, RunStatus, RunTiming


def test_a_failed_run_shows_with_its_incident_and_its_notifications(
    web: Any, app: str, commit: Any, run_result: Any
) -> None:
    commit(run_result(), targets=["oncall", "chat"])
    incident = web.client.get("/v1/incidents", params={"app": app}).json()[0]
    assert (incident["app"], incident["state"], incident["failing"]) == (app, "open", "canary")
    ledger = web.client.get("/v1/notifications", params={"incident_id": incident["incident_id"]}).json()
    assert sorted((row["target"], row["transition"], row["state"]) for row in ledger) == [
        ("chat", "open", "pending"),
        ("oncall", "open", "pending"),
    ]
    assert [row["combined_into"] for row in ledger] == [None, None]
    last = web.client.get("/v1/journeys", params={"app": app}).json()
    assert [(row["cohort"], row["status"]) for row in last] == [("canary", "failed")]


def test_incidents_are_told_apart_by_state_and_app(web: Any, app: str, commit: Any, run_result: Any) -> None:
    commit(run_result())
    assert web.client.get("/v1/incidents", params={"state": "resolved", "app": app}).json() == []
    assert len(web.client.get("/v1/incidents", params={"state": "open", "app": app}).json()) == 1
    assert web.client.get("/v1/incidents", params={"app": "shop39"}).json() == []


def test_an_acknowledgement_is_kept_and_repeating_it_changes_nothing(
    web: Any, app: str, commit: Any, run_result: Any
) -> None:
    commit(run_result())
    incident_id = web.client.get("/v1/incidents", params={"app": app}).json()[0]["incident_id"]
    first = web.client.post(f"/v1/incidents/{incident_id}/ack").json()
    again = web.client.post(f"/v1/incidents/{incident_id}/ack").json()
    assert first["state"] == "acknowledged"
    assert again == first == web.client.get(f"/v1/incidents/{incident_id}").json()


def test_notes_stand_in_the_history_with_who_wrote_them_and_page_nobody(
    web: Any, app: str, commit: Any, run_result: Any
) -> None:
    commit(run_result(), targets=["oncall"])
    incident_id = web.client.get("/v1/incidents", params={"app": app}).json()[0]["incident_id"]
    before = web.client.get("/v1/notifications", params={"incident_id": incident_id}).json()
    for text in ("  the provider is down\n", "they say until noon"):
        assert web.client.post(f"/v1/incidents/{incident_id}/notes", json={"text": text}).status_code == 201
    noted = web.client.get(f"/v1/incidents/{incident_id}/history").json()["notes"]
    assert [(one["text"], one["by"]) for one in noted] == [
        ("the provider is down", "anybody"),
        ("they say until noon", "anybody"),
    ]
    assert web.client.get("/v1/notifications", params={"incident_id": incident_id}).json() == before
    for bad in ({"text": "  "}, {"text": "x" * 4001}, {}):
        refused = web.client.post(f"/v1/incidents/{incident_id}/notes", json=bad)
        assert (refused.status_code, refused.json()["field"]) == (400, "text")
    assert web.client.post("/v1/incidents/nonsense/notes", json={"text": "x"}).status_code == 404


def test_deployments_and_changes_of_flags_are_marks_of_their_app(web: Any, app: str) -> None:
    for version in ("1.4.2", "1.5.0"):
        said = {"app": app, "service_version": version}
        assert web.client.post("/v1/deployments", json=said).status_code == 201
    marks = web.client.get("/v1/marks", params={"app": app}).json()
    assert [(one["kind"], one["name"], one["app"]) for one in marks] == [
        ("deployment", "1.4.2", app),
        ("deployment", "1.5.0", app),
    ]
    assert web.client.get("/v1/marks", params={"app": app, "since": marks[1]["at"]}).json() == marks[1:]
    assert web.client.get("/v1/marks", params={"app": "shop39"}).json() == []


def test_a_run_has_its_steps_and_the_address_of_its_evidence(
    web: Any, commit: Any, run_result: Any, screenshot: Any
) -> None:
    result = run_result(evidence=(screenshot,))
    commit(result)
    run = web.client.get(f"/v1/runs/{result.run_id}").json()
    assert [step["step"] for step in run["steps"]] == ["pay"]
    answer = web.client.get(run["evidence"][0]["url"])
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "image/png", b"\x89PNG\r\n")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_a_journey_attached_is_downloaded_and_never_shown(
    web: Any, commit: Any, run_result: Any, screenshot: Any
) -> None:
    path = screenshot.path.replace("screenshot.png", "cart #1.html")
    (web.settings.paths.evidence / path).write_text("<script>")
    result = run_result(evidence=(Evidence(kind="attachment", path=path, size_bytes=8),))
    commit(result)
    [listed] = web.client.get(f"/v1/runs/{result.run_id}").json()["evidence"]
    answer = web.client.get(listed["url"])
    assert (answer.status_code, answer.text) == (200, "<script>")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")


def test_a_run_says_where_its_time_went_and_what_is_not_yet_wrong(web: Any, commit: Any, run_result: Any) -> None:
    finding = RunFinding(kind="certificate_expires", subject="shop.example", message="expires in 5 days")
    result = run_result(timing=RunTiming(dns_ms=1.5, first_byte_ms=30.0), findings=(finding,))
    commit(result)
    run = web.client.get(f"/v1/runs/{result.run_id}").json()
    assert run["timing"] == {"dns_ms": 1.5, "connect_ms": None, "tls_ms": None, "first_byte_ms": 30.0}
    assert run["findings"] == [
        {"kind": "certificate_expires", "subject": "shop.example", "message": "expires in 5 days"}
    ]


def test_only_listed_evidence_is_served_whatever_is_asked_for(
    web: Any, commit: Any, run_result: Any, screenshot: Any
) -> None:
    outside = Evidence(kind="log", path="../../leadline.toml", size_bytes=1)
    result = run_result(evidence=(screenshot, outside))
    commit(result)
    (web.settings.paths.evidence / screenshot.path).with_name("unlisted.txt").write_text("x")
    up = "..%2f..%2f..%2f"
    for name in ("unlisted.txt", f"{up}records.sqlite", "%2e%2e/%2e%2e/records.sqlite", "leadline.toml", "%00"):
        answer = web.client.get(f"/v1/runs/{result.run_id}/evidence/{name}")
        assert answer.status_code in {404, 410}, name
        assert b"SQLite" not in answer.content
        assert b"[web]" not in answer.content


def test_removed_evidence_is_gone_and_says_why(web: Any, commit: Any, run_result: Any, screenshot: Any) -> None:
    result = run_result(evidence=(screenshot,))
    commit(result)
    (web.settings.paths.evidence / screenshot.path).unlink()
    answer = web.client.get(f"/v1/runs/{result.run_id}/evidence/screenshot.png")
    assert answer.status_code == 410
    assert "removed" in answer.json()["detail"]


def test_a_marked_deployment_registers_its_version(web: Any, app: str, wait: Any) -> None:
    answer = web.client.post("/v1/deployments", json={"app": app, "service_version": "1.5.0", "cohort": "canary"})
    assert answer.status_code == 201
    version = wait(lambda: web.client.get("/v1/versions", params={"app": app}).json())[0]
    assert (version["service_version"], version["is_registered"]) == ("1.5.0", True)
    marked = web.client.get("/v1/deployments").json()
    assert answer.json()["deployment_id"] in [row["deployment_id"] for row in marked]


def test_a_run_may_be_asked_for_by_name_or_by_app(web: Any, app: str) -> None:
    assert web.client.post("/v1/runs", json={"name": "buy", "cohort": "canary"}).status_code == 202
    assert web.client.post("/v1/runs", json={"app": app}).status_code == 202
    assert web.client.post("/v1/runs", json={}).json()["field"] == "name"
    assert web.client.post("/v1/runs", json={"app": "nobodys"}).status_code == 404


def test_a_run_of_what_is_not_scheduled_is_refused_with_what_is(web: Any, app: str) -> None:
    scheduler = web.settings.paths.run / "scheduler.json"
    monitor = {"monitor": "journey", "app": app, "name": "buy", "cohort": "canary", "location": "local"}
    said = {
        "pid": os.getpid(),
        "last_tick_at": "2026-11-27T12:00:00Z",
        "monitors": [monitor, {**monitor, "cohort": None}],
    }
    scheduler.write_text(json.dumps(said))
    try:
        asked = web.client.post("/v1/runs", json={"name": "buy"})
        assert (asked.status_code, asked.json()["runs"], asked.json()["scheduler"]) == (202, 2, "running")
        refused = web.client.post("/v1/runs", json={"name": "by"})
        assert (refused.status_code, refused.json()["type"]) == (404, "urn:leadline:unknown-monitor")
        assert (refused.json()["field"], refused.json()["detail"]) == (
            "name",
            "no name 'by' is scheduled; known: buy",
        )
        refused = web.client.post("/v1/runs", json={"name": "buy", "cohort": "beta"})
        assert (refused.json()["field"], refused.json()["detail"]) == (
            "cohort",
            "no cohort 'beta' is scheduled; known: canary",
        )
    finally:
        scheduler.unlink()
    assert web.client.post("/v1/runs", json={"name": "by"}).json()["runs"] is None


def test_a_deployment_says_when_its_commit_was_made(web: Any, app: str) -> None:
    at = "2026-11-24T10:30:00+01:00"
    body = {"app": app, "service_version": "1.6.0", "committed_at": at}
    assert web.client.post("/v1/deployments", json=body).status_code == 201
    marked = {row["service_version"]: row for row in web.client.get("/v1/deployments").json() if row["app"] == app}
    assert datetime.fromisoformat(marked["1.6.0"]["committed_at"]) == datetime.fromisoformat(at)


def test_a_test_page_needs_a_target_of_that_name(web: Any) -> None:
    refused = web.client.post("/v1/test-pages", json={"target": "nobody"})
    assert (refused.status_code, refused.json()["field"]) == (400, "target")
    assert "'nobody'" in refused.json()["detail"]


def test_a_silence_is_added_listed_and_ended(web: Any, app: str, commit: Any, run_result: Any) -> None:
    commit(run_result())
    added = web.client.post("/v1/silences", json={"duration": "2h", "reason": "moving", "name": f"buy-{app}"}).json()
    assert [row["silence_id"] for row in web.client.get("/v1/silences").json()] == [added["silence_id"]]
    assert web.client.post(f"/v1/silences/{added['silence_id']}/end").status_code == 200
    assert web.client.get("/v1/silences").json() == []
    assert web.client.post(f"/v1/silences/{added['silence_id']}/end").status_code == 404


def test_a_wrong_body_names_its_field(web: Any) -> None:
    marked = {"app": "shop0", "service_version": "1"}
    cases = [
        ("/v1/deployments", {"app": "shop0"}, 400, "service_version"),
        ("/v1/deployments", {"app": "shop0", "service_version": "1", "verison": "1"}, 400, "verison"),
        ("/v1/deployments", {"app": "shpo", "service_version": "1"}, 404, "app"),
        (
            "/v1/deployments",
            {**marked, "committed_at": "2026-11-24"},
            400,
            "committed_at",
        ),
        (
            "/v1/deployments",
            {**marked, "committed_at": "2999-01-01T00:00Z"},
            400,
            "committed_at",
        ),
        ("/v1/silences", {"duration": "2", "reason": "x"}, 400, "duration"),
        ("/v1/silences", {"duration": "90d", "reason": "x"}, 400, "duration"),
        ("/v1/silences", {"duration": "2h", "reason": "x", "monitor": "check", "name": "nosuch"}, 400, "name"),
        ("/v1/query", {"sql": "DROP TABLE x"}, 400, "sql"),
        ("/v1/query", {"sql": "SELECT 1", "max_rows": 0}, 400, "max_rows"),
    ]
    for path, body, status, field in cases:
        answer = web.client.post(path, json=body)
        assert (answer.status_code, answer.json()["field"]) == (status, field), path
        assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_not_there_is_a_problem_document(web: Any) -> None:
    for path in ("/v1/nothing", "/v1/runs/none", "/v1/incidents/none", "/v1/runs/none/evidence/x.png"):
        answer = web.client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_results_incidents_and_notifications_become_rows(
    web: Any, app: str, commit: Any, run_result: Any, wait: Any
) -> None:
    failed = run_result()
    commit(failed)
    commit(run_result(run_id=f"well-{app}", cohort="baseline", status=RunStatus.PASSED, error_message=None))
    wait(lambda: len(web.rows(f"FROM journey_runs WHERE app = '{app}'")) == 2)
    steps = web.rows(f"SELECT step, status, cohort FROM steps WHERE run_id = '{failed.run_id}'")
    assert steps == [{"step": "pay", "status": "failed", "cohort": "canary"}]
    told = "SELECT i.state, n.target, n.state AS sent FROM incidents i JOIN notifications n USING (incident_id)"
    assert web.rows(f"{told} WHERE i.app = '{app}'") == [{"state": "open", "target": "oncall", "sent": "pending"}]


def test_machines_are_told_how_long_the_oldest_page_has_waited(web: Any, commit: Any, run_result: Any) -> None:
    commit(run_result())
    assert float(web.client.get("/readyz").json()["oldest_unsent_page_s"]) >= 0
    metrics = web.client.get("/metrics").text
    assert any(line.startswith("leadline_oldest_unsent_page_seconds ") for line in metrics.splitlines())
