"""Every reason to drop is produced here by a request, answered with its code, counted, and documented."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from leadline.beaconlog import LogReader
from leadline.wire import DROP_REASONS, Dropped, DropReason
from leadline_collector.counting.counts import RECENT_MINUTES, Counts
from leadline_collector.counting.drops import list_drops

PAGE = Path(__file__).parents[2] / "docs" / "drops.md"
DAY_MS = 86_400_000
VIEW = {"key": "pk_shop", "page_view_id": "v"}

# reason -> (body, headers, path)
CAUSES: dict[DropReason, tuple[Any, dict[str, str], str]] = {
    DropReason.MALFORMED: (b"{", {}, "/v1/b"),
    DropReason.INVALID_FIELD: ({**VIEW, "seq": "first"}, {}, "/v1/b"),
    DropReason.EMPTY: (b"", {}, "/v1/b"),
    DropReason.UNKNOWN_KEY: ({**VIEW, "key": "pk_nobody"}, {}, "/v1/b"),
    DropReason.KEY_REVOKED: ({**VIEW, "key": "pk_old"}, {}, "/v1/b"),
    DropReason.ORIGIN: (VIEW, {"origin": "https://evil.example"}, "/v1/b"),
    DropReason.TOO_LARGE: (b" " * 300_000, {}, "/v1/b"),
    DropReason.TOO_MANY_ITEMS: ({**VIEW, "events": [{"name": "e"}] * 251}, {}, "/v1/b"),
    DropReason.UNSUPPORTED_TYPE: (VIEW, {"content_type": "image/png"}, "/v1/b"),
    DropReason.UNSUPPORTED_ENCODING: (VIEW, {"content_encoding": "br"}, "/v1/b"),
    DropReason.APP_OFF: ({**VIEW, "key": "pk_off"}, {}, "/v1/b"),
    DropReason.BOT: ({**VIEW, "key": "pk_people"}, {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, "/v1/b"),
    DropReason.SAMPLED: ({**VIEW, "key": "pk_few"}, {}, "/v1/b"),
    DropReason.TOO_OLD: ({**VIEW, "started_at": time.time_ns() // 1_000_000 - 2 * DAY_MS}, {}, "/v1/b"),
    DropReason.OWN_ADDRESS: (
        {"type": "network-error", "url": "https://shop.example/_l/v1/b", "body": {"type": "tcp.refused"}},
        {},
        "/reports?key=pk_shop",
    ),
}
# What needs a state of the collector, each with a test of its own below.
STATES = {DropReason.RATE_LIMITED, DropReason.LOG_UNAVAILABLE}
# What costs a figure or a character and not its beacon: test_dropped_fields.py.
OF_FIELDS = {DropReason.OUT_OF_BOUNDS, DropReason.ODD_CHARACTER}


def test_every_reason_is_produced() -> None:
    assert set(CAUSES) | STATES | OF_FIELDS == set(DropReason) == set(DROP_REASONS)


@pytest.mark.parametrize("reason", CAUSES, ids=str)
def test_the_answer_names_the_reason_and_it_is_counted(standing: Any, reason: DropReason) -> None:
    body, headers, path = CAUSES[reason]
    before = standing.dropped(reason)
    answer = standing.post(body, path, **headers)
    assert answer.status_code == DROP_REASONS[reason].status_code
    if answer.status_code == 202:
        assert answer.headers["leadline-dropped"] == reason
    else:
        told = answer.json()
        assert (told["type"], told["reason"]) == (f"urn:leadline:dropped:{reason}", reason)
        assert told["field"], "a problem names the field"
    assert standing.dropped(reason) == before + 1


def test_too_many_requests_from_one_address_are_asked_to_wait(collector: Any) -> None:
    running = collector("rate_per_address = 0.001\nrate_burst = 2")
    answers = [running.post(VIEW, x_forwarded_for="203.0.113.7") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [204, 204, 429]
    assert int(answers[2].headers["retry-after"]) == 1000
    assert answers[2].json()["field"] == "address"
    assert running.post(VIEW, x_forwarded_for="203.0.113.8").status_code == 204
    assert running.dropped("rate_limited") == 1


def test_a_large_beacon_counts_as_often_as_its_size_and_never_more_than_a_burst(collector: Any) -> None:
    running = collector("rate_per_address = 0.001\nrate_burst = 4")
    large = {**VIEW, "attributes": {"note": "word " * 9_000}}  # 45 kB: three times 16
    sent = [large, VIEW, VIEW]
    assert [running.post(each, x_forwarded_for="203.0.113.9").status_code for each in sent] == [204, 204, 429]
    huge = {**VIEW, "attributes": {"note": "word " * 40_000}}
    assert running.post(huge, x_forwarded_for="203.0.113.10").status_code == 204


def test_nothing_is_unpacked_for_who_is_too_fast_already(collector: Any) -> None:
    running = collector("rate_per_address = 0.001\nrate_burst = 1")
    bomb = gzip.compress(b" " * 10_000_000)
    sent = [bomb, VIEW, bomb]
    assert [running.post(each, x_forwarded_for="203.0.113.11").status_code for each in sent] == [413, 204, 429]


def test_who_is_on_this_machine_and_forwards_nobody_is_not_limited(standing: Any) -> None:
    elements = [{**VIEW, "page_view_id": f"l{number}"} for number in range(200)]
    assert {standing.post(elements).status_code for _ in range(3)} == {204}


def test_too_many_requests_with_one_key_are_asked_to_wait(collector: Any, beacon: Callable[..., Any]) -> None:
    running = collector("rate_per_key = 0.001\nrate_burst = 2")
    assert [running.post(beacon()).status_code for _ in range(3)] == [204, 204, 429]
    assert running.post(beacon(key="pk_shop_next")).status_code == 204
    assert running.post([beacon(), beacon()]).status_code == 429


def test_a_disk_below_its_floor_is_answered_503_and_heals(collector: Any, beacon: Callable[..., Any]) -> None:
    running = collector("min_free_bytes = 1_000_000_000_000_000")
    answer = running.post(beacon())
    assert (answer.status_code, answer.json()["reason"]) == (503, "log_unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert running.post([beacon(), beacon()]).status_code == 503
    assert running.get("/readyz").status_code == 503
    assert running.dropped("log_unavailable") == 3
    running.file.write_text(running.settings.replace("min_free_bytes = 1_000_000_000_000_000", "min_free_bytes = 1"))
    while running.post(beacon()).status_code == 503:
        time.sleep(0.1)
    assert running.get("/readyz").status_code == 200


def test_a_log_at_its_cap_is_answered_503(collector: Any, beacon: Callable[..., Any]) -> None:
    running = collector("log_max_bytes = 1")
    assert running.post(beacon()).status_code == 503
    assert "cap" in running.get("/readyz").json()["problems"][0]


def test_a_log_at_its_cap_gives_up_what_is_loaded_before_it_refuses(collector: Any, beacon: Callable[..., Any]) -> None:
    first = collector()
    for _ in range(10):
        assert first.post(beacon(errors=[{"message": "m " * 400}] * 50)).status_code == 204
    assert first.stop() == 0
    reader = LogReader(first.folder / ".leadline" / "beacons")
    [loaded] = reader.files()
    reader.mark_loaded(loaded.name, now=datetime(2026, 11, 24, tzinfo=UTC))
    assert loaded.size_bytes > 300_000
    second = collector("log_max_bytes = 300_000")
    assert second.post(beacon()).status_code == 204
    assert loaded.name not in [file.name for file in reader.files()]


def test_drops_are_listed_with_a_sample_that_is_redacted(standing: Any) -> None:
    standing.post({**VIEW, "seq": -2, "url": "https://shop.example/?token=abcdef0123456789", "who": "jane@example.com"})
    [listed] = [
        each for each in standing.get("/v1/drops").json() if (each["app"], each["reason"]) == ("shop", "invalid_field")
    ]
    assert listed["field"] in {"seq", "user"}
    assert "jane" not in json.dumps(listed)
    assert "abcdef0123456789" not in json.dumps(listed)


def test_drops_are_told_to_callers_on_this_machine_only(standing: Any) -> None:
    assert standing.get("/v1/drops", x_forwarded_for="203.0.113.7").status_code == 403


def test_what_was_dropped_and_accepted_is_in_the_metrics(standing: Any) -> None:
    standing.post(VIEW)
    standing.post({**VIEW, "key": "pk_old"})
    text = standing.get("/metrics").text
    assert 'leadline_collector_accepted_total{app="shop",client="leadline",worker="0"}' in text
    assert 'leadline_collector_dropped_total{app="shop",client="leadline",reason="key_revoked",worker="0"}' in text


@pytest.mark.parametrize("reason", list(DropReason), ids=str)
def test_every_reason_is_documented_with_its_answer_and_remedy(reason: DropReason) -> None:
    answer = DROP_REASONS[reason]
    [row] = [line for line in PAGE.read_text().splitlines() if line.startswith(f"| `{reason}`")]
    assert str(answer.status_code) in row
    assert answer.remedy.rstrip(".") in row


def test_what_was_refused_in_the_last_hour_is_told_apart() -> None:
    now = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)
    counts = Counts()
    old, new = Dropped(DropReason.ORIGIN, "", "Origin"), Dropped(DropReason.UNKNOWN_KEY, "", "key")
    at = {"app": "shop", "client": "leadline", "body": b"{}", "now_s": 0.0}
    for _ in range(5):
        counts.drop(old, now=now - timedelta(minutes=61), **at)
    counts.drop(old, now=now - timedelta(minutes=59), **at)
    for _ in range(2):
        counts.drop(new, now=now, **at)
    rows = list_drops({0: counts}, now=now)
    assert [(row["reason"], row["last_hour"], row["count"]) for row in rows] == [
        ("unknown_key", 2, 2),
        ("origin", 1, 6),
    ]
    assert max(map(len, counts.recent.values())) <= RECENT_MINUTES
    later = list_drops({0: counts}, now=now + timedelta(hours=2))
    assert [row["last_hour"] for row in later] == [0, 0]


def test_the_numbers_of_the_last_hour_survive_being_shared() -> None:
    counts = Counts()
    now = datetime(2026, 11, 27, 6, tzinfo=UTC)
    counts.drop(Dropped(DropReason.ORIGIN), app="shop", client="leadline", body=b"", now=now, now_s=0.0)
    shared = msgspec.msgpack.decode(msgspec.msgpack.encode(counts), type=Counts)
    assert list_drops({0: shared}, now=now)[0]["last_hour"] == 1
