"""The main job end to end: break, page, kill, restart, heal, with nothing lost and nobody paged twice."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from story.world import Leadline, Receiver, Site, still_running_after, wait_until

pytestmark = [pytest.mark.story, pytest.mark.browser, pytest.mark.kill, pytest.mark.timeout(420)]


def has_passed_in_both_cohorts(leadline: Leadline, at_least: int = 1) -> bool:
    counts: dict[str, int] = {}
    for row in leadline.rows("sql", "SELECT cohort, status FROM journey_runs"):
        counts[row["cohort"]] = counts.get(row["cohort"], 0) + (row["status"] in {"passed", "degraded"})
    return len(counts) == 2 and min(counts.values()) >= at_least


def beacon(number: int, *, version: str) -> dict[str, Any]:
    return {
        "key": "pk_library",
        "page_view_id": f"view-{version}-{number}",
        "seq": 1,
        "session_id": f"session-{version}-{number}",
        "service_version": version,
        "url": "http://library.example/",
        "route": "/",
        "vitals": {"lcp_ms": 1000 + number, "cls": 0.01},
        "events": [{"name": "lent", "value": 1, "at_ms": 5}],
    }


def about_site(receiver: Receiver) -> list[dict[str, Any]]:
    """What it was sent about the journey, each page once: one that was sent again after a kill has the same key.

    A target that is down for a minute is an incident of Leadline's own; a version that fails long enough is one too.
    """
    pages = {page["idempotency_key"]: page for page in receiver.pages if "library lend" in page["title"]}
    return list(pages.values())


def test_a_break_is_paged_once_per_target_whatever_is_killed_and_heals_with_one_resolve(
    leadline: Leadline, site: Site, oncall: Receiver, chat: Receiver
) -> None:
    chat.is_down = True
    leadline.write(site, {"oncall": oncall.target, "chat": chat.target})
    leadline.start()
    wait_until("both cohorts pass", lambda: has_passed_in_both_cohorts(leadline), within_s=90)

    site.broken_versions.add("2.1.0")
    leadline.kill("store")
    leadline.kill("collector")
    wait_until("the on-call is paged with store and collector dead", lambda: oncall.pages)
    opened = leadline.rows("incidents")
    assert [row["state"] for row in opened] == ["open"]
    text = oncall.pages[0]["message"]
    for word in ("lend", "2.1.0", "canary"):
        assert word in oncall.pages[0]["title"] + text
    assert "baseline" not in text

    leadline.kill("scheduler")
    wait_until("the target that is down is retried after a restart", lambda: chat.refused >= 2)
    chat.is_down = False
    wait_until("the target that was down accepts", lambda: chat.pages)

    below = leadline.kill_up()
    assert below
    assert still_running_after(below, seconds=2) == []
    site.broken_versions.clear()
    leadline.start()
    wait_until("the resolve reaches both targets", lambda: all(len(about_site(one)) == 2 for one in (oncall, chat)))

    assert [row["state"] for row in leadline.rows("incidents") if row["subject_kind"] == "journey"] == ["resolved"]
    ledger = [row for row in leadline.rows("notifications") if row["incident_id"] == opened[0]["incident_id"]]
    assert sorted((row["transition"], row["target"], row["state"]) for row in ledger) == [
        ("open", "chat", "accepted"),
        ("open", "oncall", "accepted"),
        ("resolve", "chat", "accepted"),
        ("resolve", "oncall", "accepted"),
    ]
    for receiver, name in ((oncall, "oncall"), (chat, "chat")):
        keys = [page["idempotency_key"] for page in receiver.pages if "library lend" in page["title"]]
        marked = {row["transition"] for row in ledger if row["target"] == name and row["is_maybe_duplicate"]}
        assert {key.split("/")[1] for key in keys if keys.count(key) > 1} <= marked  # twice only where it is said
    assert leadline.stop() == 0
    assert len(about_site(oncall)) == 2
    assert len(about_site(chat)) == 2


def test_whatever_is_killed_every_acknowledged_beacon_is_a_row_once_and_no_browser_is_left(
    leadline: Leadline, site: Site, oncall: Receiver
) -> None:
    leadline.write(site, {"oncall": oncall.target})
    leadline.start()
    kill_the_scheduler_in_the_middle_of_a_run(leadline)
    wait_until("the scheduler is back and runs pass", lambda: has_passed_in_both_cohorts(leadline), within_s=90)
    assert not [row for row in leadline.rows("sql", "SELECT status FROM journey_runs") if row["status"] == "failed"]
    assert oncall.pages == []

    victims = ["store", "collector", "web", "store", "collector"]
    acknowledged = 0
    for number in range(200):
        if number % 40 == 20:
            leadline.kill(victims[number // 40])
        version = "2.0.3" if number % 2 else "2.1.0"
        wait_until(
            "the collector answers", lambda n=number, v=version: leadline.post_beacon(beacon(n, version=v)) == 204
        )
        acknowledged += 1

    def counted() -> bool:
        row = leadline.rows(
            "sql",
            "SELECT count(*) AS n, count(DISTINCT page_view_id) AS d FROM page_views WHERE page_view_id LIKE 'view-%'",
        )[0]
        return (row["n"], row["d"]) == (acknowledged, acknowledged)

    wait_until("every acknowledged beacon is one page view", counted)
    events = leadline.rows("sql", "SELECT count(*) AS n FROM events WHERE name = 'lent' AND page_view_id LIKE 'view-%'")
    assert events[0]["n"] == acknowledged
    per_version = {row["service_version"]: row for row in leadline.rows("vitals", "--app", "library")}
    assert per_version["2.0.3"]["page_views"] == 100
    assert per_version["2.1.0"]["page_views"] == 100
    assert leadline.stop() == 0


def kill_the_scheduler_in_the_middle_of_a_run(leadline: Leadline) -> None:
    """No worker and no browser outlives it."""
    worker = leadline.process_of("leadline_probes.worker")
    wait_until("the worker has its browser", lambda: len(worker.children(recursive=True)) > 1)
    below = worker.children(recursive=True)
    leadline.process_of("scheduler").send_signal(signal.SIGKILL)
    assert still_running_after([worker, *below], seconds=5) == []
