"""Synthetic traffic is told apart by whatever a browser carries, and never by what it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leadline.wire import USER_AGENT_SUFFIX

Make = Callable[..., dict[str, Any]]
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"synthetic": "test"}, {}),
        ({}, {"x_leadline_synthetic": "1"}),
        ({}, {"baggage": "user_agent.synthetic.type=test"}),
        ({}, {"user_agent": f"{CHROME} {USER_AGENT_SUFFIX}"}),
        ({}, {"user_agent": f"HeadlessChrome {USER_AGENT_SUFFIX}"}),
    ],
    ids=["own word", "header", "baggage", "user agent", "user agent of a headless browser"],
)
def test_our_own_probes_are_marked(standing: Any, beacon: Make, fields: Any, headers: Any) -> None:
    sent = beacon(**fields)
    assert standing.post(sent, **headers).status_code == 204
    assert standing.logged_as(sent["page_view_id"]).synthetic == "test"


def test_a_person_is_not_marked(standing: Any, beacon: Make) -> None:
    sent = beacon()
    standing.post(sent, user_agent=CHROME, baggage="userId=alice")
    logged = standing.logged_as(sent["page_view_id"])
    assert (logged.synthetic, logged.user_agent) == (None, CHROME)


def test_a_crawler_is_marked_and_kept_where_the_app_does_not_drop_it(standing: Any, beacon: Make) -> None:
    sent = beacon()
    standing.post(sent, user_agent=f"{CHROME} (compatible; Googlebot/2.1)")
    assert standing.logged_as(sent["page_view_id"]).synthetic == "bot"


def test_a_probe_is_kept_where_bots_are_dropped_and_where_few_are_sampled(standing: Any, beacon: Make) -> None:
    assert standing.post(beacon(key="pk_people", synthetic="test"), user_agent="HeadlessChrome").status_code == 204
    assert standing.post(beacon(key="pk_few", synthetic="test")).status_code == 204
