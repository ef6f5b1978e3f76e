"""`GET /v1/arrivals`: whose pages fetched the script and sent beacons; told by key, origin, or as the only app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ONE = '[[app]]\nname = "only"\nkeys = ["pk_only"]\norigins = ["https://only.example"]\n'
TWO = ONE + '[[app]]\nname = "other"\nkeys = ["pk_other"]\norigins = ["https://other.example"]\n'


def arrived(running: Any, app: str) -> dict[str, Any]:
    [found] = [row for row in running.get(f"/v1/arrivals?app={app}").json() if row["app"] == app]
    return dict(found)


def test_a_fetch_of_the_script_belongs_to_the_app_of_its_key(collector: Callable[..., Any]) -> None:
    running = collector(apps=TWO)
    running.get("/b.js?key=pk_other")
    assert arrived(running, "other")["scripts"] == 1
    assert arrived(running, "other")["script_last_at"] is not None
    assert arrived(running, "only")["scripts"] == 0


def test_without_a_key_the_page_that_asks_tells_whose_fetch_it_is(collector: Callable[..., Any]) -> None:
    running = collector(apps=TWO)
    running.get("/_l/b.js", referer="https://other.example/checkout")
    running.get("/b.js", origin="https://other.example")
    running.get("/b.js", referer="http://[")
    assert arrived(running, "other")["scripts"] == 2
    assert arrived(running, "")["scripts"] == 1


def test_where_there_is_one_app_every_fetch_is_its_own(collector: Callable[..., Any]) -> None:
    running = collector(apps=ONE)
    running.get("/b.js")
    assert arrived(running, "only")["scripts"] == 1


def test_accepted_and_dropped_are_told_with_the_last_time_and_reason(
    collector: Callable[..., Any], beacon: Callable[..., Any]
) -> None:
    running = collector(apps=TWO)
    running.post(beacon(key="pk_only"))
    running.post(beacon(key="pk_only"), origin="https://evil.example")
    running.post(beacon(key="pk_nobody"))
    only, stray = arrived(running, "only"), arrived(running, "")
    assert (only["accepted"], only["dropped"], only["dropped_last_reason"]) == (1, 1, "origin")
    assert "'https://evil.example'" in only["dropped_last_detail"]
    assert only["accepted_last_at"] is not None
    assert (stray["dropped"], stray["dropped_last_reason"]) == (1, "unknown_key")


def test_it_answers_callers_on_this_machine_only(collector: Callable[..., Any]) -> None:
    running = collector(apps=ONE)
    assert running.get("/v1/arrivals", x_forwarded_for="203.0.113.9").status_code == 403
