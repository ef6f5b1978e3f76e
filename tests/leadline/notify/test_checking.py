"""What is said of a target before anything is sent, and what is never said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leadline.model import Target
from leadline.notify import check_target, is_given_up, next_attempt
from leadline.notify.masking import mask_secrets
from leadline.notify.plugins import Naming, make_plugin

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = "a" * 32
NAMING = Naming(incident_id="01JINCIDENT", transition="open", idempotency_key="01JINCIDENT/open/oncall")


@pytest.mark.parametrize(
    "url", ["json://127.0.0.1:9000/hook", f"pagerduty://{KEY}@token1234", "mailto://a:b@example.com"]
)
def test_an_address_that_apprise_can_send_to_is_fine(url: str) -> None:
    assert check_target(Target(name="oncall", url=url)) is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("oncall@example.com", "scheme://"),
        ("slak://T/B/SECRETTOKEN", "did you mean 'slack'?"),
        ("pagerduty://SECRETTOKEN", "part missing or malformed"),
        ("json://", "part missing or malformed"),
        ("mqtt://SECRETTOKEN", "paho-mqtt"),
    ],
)
def test_an_address_that_can_not_work_is_named_with_a_remedy_and_without_its_secrets(url: str, words: str) -> None:
    problem = check_target(Target(name="oncall", url=url))
    assert problem is not None
    assert problem.startswith("target 'oncall'")
    assert words in problem
    assert "SECRETTOKEN" not in problem


def test_pagerduty_gets_the_incident_as_its_key_and_a_success_resolves() -> None:
    plugin = make_plugin(f"pagerduty://{KEY}@token1234", NAMING)
    assert (plugin.dedup, plugin.action) == ("01JINCIDENT", "map")


def test_a_key_of_the_users_own_is_left_as_it_is() -> None:
    plugin = make_plugin(f"pagerduty://{KEY}@token1234?dedup=mine&action=trigger", NAMING)
    assert (plugin.dedup, plugin.action) == ("mine", "trigger")


def test_services_that_fold_alerts_get_the_group_where_several_share_a_cause() -> None:
    grouped = replace(NAMING, group_id="01JFIRST")
    assert make_plugin(f"pagerduty://{KEY}@token1234", grouped).dedup == "01JFIRST"
    assert make_plugin("opsgenie://8b799edf-6f98-4d3a-9be7-2862fb4e5752", grouped).alias == "01JFIRST"


def test_opsgenie_gets_the_incident_as_its_alias() -> None:
    assert make_plugin("opsgenie://8b799edf-6f98-4d3a-9be7-2862fb4e5752", NAMING).alias == "01JINCIDENT"


def test_every_secret_part_of_an_address_is_masked_encoded_or_not() -> None:
    url = "slack://xoxb-1234/T%2F0SECRET/channel?token=abc%20def"
    text = "POST https://hooks.example/xoxb-1234/T/0SECRET?token=abc def and T%2F0SECRET failed"
    assert mask_secrets(text, url) == "POST https://hooks.example/***/***?*** and *** failed"


def test_the_password_of_a_proxy_is_masked_too() -> None:
    assert mask_secrets("via http://me:secret@proxy:8080", "json://127.0.0.1") == "via http://***@proxy:8080"


def test_a_reason_is_one_short_line() -> None:
    reason = mask_secrets("a\nb\x1b[31m" + "c" * 1000, "json://127.0.0.1")
    assert len(reason) == 300
    assert reason.isprintable()


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (1000, 60)])
def test_the_pause_doubles_up_to_a_minute(attempts: int, seconds: int) -> None:
    assert next_attempt(attempts, NOON, jitter_ratio=0) == NOON + timedelta(seconds=seconds)


def test_jitter_moves_the_pause_by_at_most_a_fifth() -> None:
    assert next_attempt(4, NOON, jitter_ratio=1) == NOON + timedelta(seconds=9.6)
    assert next_attempt(4, NOON, jitter_ratio=-1) == NOON + timedelta(seconds=6.4)


def test_a_receiver_may_ask_for_more_but_not_for_ever() -> None:
    assert next_attempt(1, NOON, jitter_ratio=0, retry_after_s=90) == NOON + timedelta(seconds=90)
    assert next_attempt(1, NOON, jitter_ratio=0, retry_after_s=86_400) == NOON + timedelta(seconds=600)
    assert next_attempt(3, NOON, jitter_ratio=0, retry_after_s=0) == NOON + timedelta(seconds=4)


def test_a_page_is_given_up_a_day_after_its_incident_and_never_before_its_end() -> None:
    assert not is_given_up(None, NOON, attempts=1000)
    assert not is_given_up(NOON - timedelta(hours=23), NOON, attempts=1000)
    assert is_given_up(NOON - timedelta(hours=24), NOON, attempts=30)


def test_a_clock_that_is_a_day_ahead_for_some_seconds_gives_nothing_up() -> None:
    assert not is_given_up(NOON - timedelta(days=2), NOON, attempts=5)
