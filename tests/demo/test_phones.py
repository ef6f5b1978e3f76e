"""People with the app: they get what the flag says, and tell it in one beacon."""

from __future__ import annotations

import json

import httpx
import pytest
from phones.__main__ import visit
from phones.people import BASELINE, CANARY, ORDERING, plan_people


@pytest.mark.parametrize(("variant", "version"), [("on", CANARY), ("off", BASELINE)])
def test_a_person_uses_the_release_that_the_flag_means_and_sends_a_beacon_of_it(variant: str, version: str) -> None:
    asked: list[httpx.Request] = []

    def collector(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"variant": variant}) if "/ofrep/" in request.url.path else httpx.Response(204)

    with httpx.Client(base_url="http://collector", transport=httpx.MockTransport(collector)) as client:
        assert visit(client, next(plan_people(7))) == version
    evaluation, beacon = asked
    said = json.loads(beacon.content)
    assert (said["service_version"], said["attributes"]["flag.one-tap"]) == (version, variant)
    assert said["session_id"] == json.loads(evaluation.content)["context"]["targetingKey"]
    assert evaluation.headers["X-Forwarded-For"] == beacon.headers["X-Forwarded-For"]


def test_a_collector_that_refuses_is_no_visit() -> None:
    refusing = httpx.MockTransport(lambda _: httpx.Response(401))
    with httpx.Client(base_url="http://collector", transport=refusing) as client, pytest.raises(httpx.HTTPError):
        visit(client, next(plan_people(7)))


def test_only_how_often_they_order_depends_on_the_release() -> None:
    people = [person for person, _ in zip(plan_people(3), range(4000), strict=False)]
    for version, share in ORDERING.items():
        assert sum(person.orders(version) for person in people) / 4000 == pytest.approx(share, abs=0.04)
    assert 0 < sum(person.errs for person in people) < 120
    assert len({person.address.rpartition(".")[0] for person in people}) == 500
