"""The six claims of *Listening*: what closes them, and the line that an open one shows."""

from __future__ import annotations

from typing import Any

import pytest

from leadline.settings import AppSettings
from leadline_web.dashboard.listening import tell_ticks

SHOP = AppSettings(name="shop", base_url="https://shop.example", keys=["pk_shop"], kpis=["bought"])
NOTHING: dict[str, Any] = {
    "scripts": 0,
    "accepted": 0,
    "dropped": 0,
    "dropped_last_reason": None,
    "dropped_last_detail": None,
    "dropped_last_remedy": None,
    "stray": None,
}
VIEWS: dict[str, Any] = {
    "page_views": 3,
    "page_views_of_people": 3,
    "page_views_with_route": 3,
    "service_version": "1.5.0",
    "routes": ["/"],
    "events": ["bought"],
}


def ticks(app: AppSettings = SHOP, *, arrivals: Any = NOTHING, stored: Any = None) -> dict[str, Any]:
    told = tell_ticks(app, tag="<script>", proxy="location", arrivals=arrivals, stored=stored)
    return {tick["tick"]: tick for tick in told}


def done(found: dict[str, Any]) -> list[str]:
    return [name for name, tick in found.items() if tick["is_done"]]


def test_nothing_is_true_of_a_page_without_the_tag() -> None:
    assert done(ticks()) == []
    assert all(tick["lines"] for tick in ticks().values())


def test_a_row_proves_script_and_acceptance_of_a_collector_that_has_forgotten_them() -> None:
    assert done(ticks(stored=VIEWS)) == ["script", "accepted", "kept", "version", "route", "kpi"]
    assert done(ticks(arrivals=None, stored=VIEWS))[:3] == ["script", "accepted", "kept"]


def test_the_placeholder_of_the_tag_is_no_version() -> None:
    tick = ticks(stored=VIEWS | {"service_version": "YOUR VERSION"})["version"]
    assert not tick["is_done"]
    assert 'still says "YOUR VERSION"' in tick["seen"]


def test_an_event_that_nobody_named_as_a_kpi_is_told_how_to_become_one() -> None:
    tick = ticks(stored=VIEWS | {"events": ["signed_up"]})["kpi"]
    assert not tick["is_done"]
    assert tick["lines"] == ['kpis = ["signed_up"]']


def test_a_view_that_only_probes_made_is_told_as_such() -> None:
    assert "2 of them by a probe" in ticks(stored=VIEWS | {"page_views_of_people": 1})["kept"]["seen"]


@pytest.mark.parametrize(
    ("refused", "line"),
    [
        (
            {"dropped_last_reason": "origin", "dropped_last_detail": "'http://localhost:3000' is not among them"},
            'origins = ["https://shop.example", "http://localhost:3000"]',
        ),
        ({"dropped_last_reason": "key_revoked", "dropped_last_detail": ""}, 'data-key="pk_shop"'),
        ({"dropped_last_reason": "rate_limited", "dropped_last_detail": ""}, "leadline drops"),
    ],
)
def test_a_refusal_is_told_with_the_line_that_mends_it(refused: dict[str, Any], line: str) -> None:
    tick = ticks(arrivals=NOTHING | refused | {"dropped": 1, "dropped_last_remedy": "Mend it."})["accepted"]
    assert tick["lines"] == [line]
    assert tick["hint"] == "Mend it."


def test_the_line_that_mends_an_origin_holds_no_password() -> None:
    refused = {"dropped_last_reason": "origin", "dropped_last_detail": "'http://localhost:3000' is not among them"}
    stage = AppSettings(name="shop", base_url="https://stage:hunter2@shop.example/x", keys=["pk_shop"])
    tick = ticks(stage, arrivals=NOTHING | refused | {"dropped": 1, "dropped_last_remedy": ""})["accepted"]
    assert tick["lines"] == ['origins = ["https://shop.example", "http://localhost:3000"]']


def test_a_beacon_with_a_key_that_no_app_has_is_told_to_whoever_listens() -> None:
    stray = {"dropped": 1, "dropped_last_reason": "unknown_key", "dropped_last_detail": "no app has this key"}
    tick = ticks(arrivals=NOTHING | {"stray": NOTHING | stray | {"dropped_last_remedy": "Use a key."}})["accepted"]
    assert tick["seen"] == "dropped: unknown_key, no app has this key"
    assert tick["lines"] == ['data-key="pk_shop"']


def test_a_collector_that_does_not_answer_is_said() -> None:
    assert ticks(arrivals=None)["accepted"]["hint"] == "The collector does not answer"
