"""Web while the store service is killed, held or absent: it goes on with what it can know."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.kill
@pytest.mark.timeout(300)
def test_web_shows_incidents_while_the_store_service_is_killed_and_figures_once_it_is_back(
    own_web: Any, append: Any, beacon: Any, commit: Any, run_result: Any, wait: Any
) -> None:
    own_web.start()
    commit(run_result())
    for number in range(4):
        append([beacon(page_view_id=f"v{number}-{n}") for n in range(50)])
        own_web.store.kill()
        wait(lambda: own_web.client.get("/readyz").json()["store"] == "down")
        assert own_web.client.get("/readyz").status_code == 200
        assert len(own_web.client.get("/v1/incidents").json()) == 1
        assert own_web.client.get("/v1/vitals").status_code == 503
        own_web.store.start()
        wait(lambda: own_web.client.get("/readyz").json()["store"] == "up")
    wait(lambda: own_web.rows("SELECT count(*) AS n FROM page_views") == [{"n": 200}])
    assert own_web.rows("SELECT count(*) AS n, count(DISTINCT run_id) AS d FROM journey_runs") == [{"n": 1, "d": 1}]
    metrics = own_web.client.get("/metrics").text
    assert "leadline_store_starts_total 5.0" in metrics
    assert "leadline_store_up 1.0" in metrics


def test_while_the_store_is_held_figures_are_503_and_records_are_answered(
    own_web: Any, commit: Any, run_result: Any, wait: Any
) -> None:
    from leadline.store import open_store

    commit(run_result())
    with open_store(own_web.settings.paths.store):
        own_web.start(until_ready=False)
        answer = own_web.client.get("/v1/vitals")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.json()["type"] == "urn:leadline:store-unavailable"
        assert answer.headers["retry-after"] == "1"
        incident = own_web.client.get("/v1/incidents").json()[0]
        assert own_web.client.post(f"/v1/incidents/{incident['incident_id']}/ack").json()["state"] == "acknowledged"
        ready = own_web.client.get("/readyz").json()
        assert ready.pop("oldest_unsent_page_s", "0").isdigit()  # no scheduler runs here, so nobody sends the page
        assert ready == {"status": "ready", "records": "up", "store": "down"}
        page = own_web.client.get("/v1/journeys")
        assert page.status_code == 200
        ran = page.json()[0]
        detail = own_web.client.get(f"/v1/journeys/{ran['app']}/{ran['name']}").json()
        assert detail["steps"] is None  # not [], which says that none was timed
        assert len(detail["failures"]) == 1
    wait(lambda: own_web.client.get("/v1/vitals").status_code == 200)
    assert own_web.client.get("/readyz").status_code == 200
