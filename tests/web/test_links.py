"""A signed link: opening it changes nothing, acting needs a POST, and it ends with its incident."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from leadline.links import InvalidLink, PageLinks
from leadline.model import Incident, IncidentState, RunStatus, Subject
from leadline.settings import Settings
from leadline_web.signed_page import describe_incident

HTML = {"Accept": "text/html"}
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def incident(web: Any, app: str, commit: Any, run_result: Any, screenshot: Any) -> dict[str, Any]:
    commit(run_result(evidence=(screenshot,), error_message="<script>alert(1)</script> expected it"))
    found: dict[str, Any] = web.client.get("/v1/incidents", params={"app": app}).json()[0]
    return found


@pytest.fixture
def link(settings: Settings) -> Callable[[dict[str, Any]], str]:
    return lambda incident: "/i/" + PageLinks.open(settings.paths.home).token_for(incident["incident_id"])


def state(web: Any, incident: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = web.client.get(f"/v1/incidents/{incident['incident_id']}").json()
    return found


def state_of(web: Any, incident: dict[str, Any]) -> tuple[str, str]:
    found = state(web, incident)
    return found["state"], found["acknowledged_by"]


def test_opening_a_link_shows_the_incident_and_changes_nothing(web: Any, incident: Any, link: Any) -> None:
    answer = web.client.get(link(incident), headers=HTML)
    assert answer.status_code == 200
    assert incident["title"] in answer.text
    assert "Nobody is on it yet" in answer.text
    assert "<script>" not in answer.text
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    looked = web.client.head(link(incident), headers=HTML)
    assert (looked.status_code, looked.text) == (200, "")
    assert state(web, incident) == incident


def test_i_am_on_it_asks_the_name_once_and_keeps_it(web: Any, incident: Any, link: Any) -> None:
    nameless = web.client.post(link(incident) + "/ack", headers={"Cookie": ""})
    assert (nameless.status_code, nameless.json()["field"]) == (400, "name")
    done = web.client.post(link(incident) + "/ack", data={"name": "  Ada\n Lovelace "})
    assert (done.status_code, done.headers["location"]) == (303, link(incident))
    assert "Ada Lovelace" in done.headers["set-cookie"]
    assert (state(web, incident)["state"], state(web, incident)["acknowledged_by"]) == ("acknowledged", "Ada Lovelace")
    shown = web.client.get(link(incident), headers={**HTML, "Cookie": "leadline_name=Ada Lovelace"}).text
    assert "Ada Lovelace is on it" in shown
    assert "/ack" not in shown
    assert 'type="hidden" name="name" value="Ada Lovelace"' in shown
    web.client.cookies.clear()


def test_the_page_of_a_message_about_several_lists_them_and_takes_all_with_one_button(
    web: Any, incident: Any, link: Any
) -> None:
    subject = Subject(kind="check", name="api", app="shop", environment="production")
    first, second, taken = (
        Incident(
            incident_id=name, subject=subject, title=f"shop {name} fails", state=state, severity="critical",
            since=NOON, opened_at=NOON, acknowledged_by="Bo" if state is IncidentState.ACKNOWLEDGED else None,
        )
        for name, state in (("a", IncidentState.OPEN), ("b", IncidentState.OPEN), ("c", IncidentState.ACKNOWLEDGED))
    )  # fmt: skip
    shown = describe_incident(first, token="t", name="", silences=(), others=(second, taken), now=NOON)
    assert 'formaction="/i/t/ack-all">I am on all 2<' in shown
    assert 'formaction="/i/t/ack">Only on this one<' in shown
    assert "<li>shop b fails</li>" in shown
    assert 'shop c fails <span class="dim">(Bo is on it)' in shown
    done = web.client.post(link(incident) + "/ack-all", data={"name": "Ada"})
    web.client.cookies.clear()
    assert done.status_code == 303
    assert state_of(web, incident) == ("acknowledged", "Ada")


def test_silencing_from_a_page_mutes_that_monitor_for_an_hour(web: Any, incident: Any, link: Any) -> None:
    web.client.post(link(incident) + "/silence", data={"name": "Ada"})
    web.client.cookies.clear()
    [silence] = [one for one in web.client.get("/v1/silences").json() if one["app"] == incident["app"]]
    assert (silence["name"], silence["created_by"]) == (incident["name"], "Ada")
    shown = web.client.get(link(incident), headers=HTML).text
    assert "Pages are silenced until" in shown
    assert "/silence" not in shown
    assert state(web, incident)["state"] == "open"


def test_a_link_shows_the_pictures_of_its_own_runs_only(
    web: Any, incident: Any, link: Any, commit: Any, run_result: Any, screenshot: Any
) -> None:
    run_id, name = screenshot.path.split("/")[-2:]
    shown = web.client.get(link(incident), headers=HTML).text
    assert f"{link(incident)}/evidence/{run_id}/{name}" in shown
    other = run_result(run_id="another-" + name, name="another", evidence=(screenshot,))
    commit(other)
    refused = web.client.get(f"{link(incident)}/evidence/{other.run_id}/{name}")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:leadline:link")


@pytest.mark.parametrize("token", ["x", "x.y", "IjAxSk5PUEUi.0000000000000000000000000000000000000000000"])
def test_a_forged_link_is_refused(web: Any, token: str) -> None:
    forms = [web.client.post(f"/i/{token}/ack", data=data) for data in ({"name": "Eve"}, {})]
    for answer in (web.client.get(f"/i/{token}"), *forms):
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:leadline:link")
    person = web.client.get(f"/i/{token}", headers=HTML)
    assert person.status_code == 403
    assert "This link is not valid." in person.text


def test_a_link_ends_with_its_incident(web: Any, incident: Any, link: Any, commit: Any, run_result: Any) -> None:
    commit(run_result(run_id=incident["incident_id"], status=RunStatus.PASSED, error_message=None))
    assert state(web, incident)["state"] == "resolved"
    for answer in (web.client.get(link(incident)), web.client.post(link(incident) + "/ack", data={"name": "Ada"})):
        assert answer.status_code == 403
        assert "This incident ended at" in answer.json()["detail"]


def test_a_form_of_another_site_is_refused(web: Any, incident: Any, link: Any) -> None:
    answer = web.client.post(link(incident) + "/ack", data={"name": "Eve"}, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:leadline:origin")
    assert state(web, incident)["state"] == "open"


def test_a_form_without_end_is_cut_off(web: Any, incident: Any, link: Any) -> None:
    answer = web.client.post(link(incident) + "/ack", content=b"name=" + b"x" * 10_000)
    assert answer.status_code == 413


def test_two_services_that_start_together_share_one_key(tmp_path: Path) -> None:
    first, second = PageLinks.open(tmp_path), PageLinks.open(tmp_path)
    assert second.incident_of(first.token_for("01J")) == "01J"
    assert (tmp_path / "link.key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["link.key"]


def test_a_link_of_another_home_is_invalid(tmp_path: Path) -> None:
    stranger = PageLinks.open(tmp_path / "a").token_for("01J")
    with pytest.raises(InvalidLink):
        PageLinks.open(tmp_path / "b").incident_of(stranger)


def test_a_key_that_was_cut_off_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "link.key").write_bytes(b"short")
    with pytest.raises(OSError, match="shorter than 32 bytes"):
        PageLinks.open(tmp_path)
