"""An adapter is one file: its routes, its key, its answer, and nothing else has to know of it."""

from __future__ import annotations

from typing import Any

import pytest

WITH_ANOTHER_ADAPTER = """
import sys
from pathlib import Path
from leadline.settings import load_settings
from leadline.wire import Beacon, Dropped, DropReason
from leadline_collector import adapters

def translate(foreign):
    if foreign.body == b"nonsense":
        return Dropped(DropReason.MALFORMED, "nonsense", "body")
    key = foreign.headers.get("x-their-key", "")
    return [Beacon(key=key, page_view_id=foreign.query["id"], route="/" + foreign.path["project"])]

adapters.ADAPTERS += (
    adapters.Adapter(
        name="theirs",
        summary="Theirs",
        paths=("/theirs/{project}/envelope",),
        types=frozenset({b"application/x-theirs"}),
        translate=translate,
        methods=("GET", "POST"),
        accepted=adapters.Accepted(200, "application/json", b'{"id":"1"}'),
    ),
)
from leadline_collector import service
sys.exit(service.main(load_settings(Path(sys.argv[1]))))
"""


@pytest.fixture
def theirs(collector: Any) -> Any:
    return collector(launcher=WITH_ANOTHER_ADAPTER)


def test_another_clients_request_becomes_beacons_and_gets_the_answer_that_it_waits_for(theirs: Any) -> None:
    kind = {"content_type": "application/x-theirs", "x_their_key": "pk_people", "origin": "https://a.example"}
    posted = theirs.post(b"{}", "/_l/theirs/cart/envelope?id=a", **kind)
    assert (posted.status_code, posted.json()) == (200, {"id": "1"})
    assert posted.headers["access-control-allow-origin"] == "https://a.example"
    assert theirs.get("/theirs/home/envelope?id=b", x_their_key="pk_people").status_code == 200
    logged = [theirs.logged_as(view) for view in ("a", "b")]
    assert [(each.client, each.app, each.beacon.route) for each in logged] == [
        ("theirs", "people", "/cart"),
        ("theirs", "people", "/home"),
    ]
    assert 'accepted_total{app="people",client="theirs"' in theirs.get("/metrics").text


def test_what_is_wrong_with_it_is_told_as_with_ours(theirs: Any) -> None:
    kind = {"content_type": "application/x-theirs", "x_their_key": "pk_people"}
    assert theirs.post(b"nonsense", "/theirs/cart/envelope?id=a", **kind).json()["reason"] == "malformed"
    assert theirs.post(b"{}", "/theirs/cart/envelope?id=a", content_type="application/json").status_code == 415
    assert theirs.post(b"{}", "/theirs/cart/envelope?id=a", content_type="application/x-theirs").status_code == 400
    described = theirs.get("/openapi.json").json()["paths"]["/theirs/{project}/envelope"]
    assert set(described) == {"get", "post"}
    assert [each["name"] for each in described["post"]["parameters"]] == ["project", "key"]
    assert theirs.client.options(f"{theirs.url}/_l/theirs/cart/envelope").status_code == 204
