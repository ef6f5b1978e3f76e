"""Where no service runs, a command opens the home itself: it loads what is there and gives the service's answers."""

from __future__ import annotations

from typing import Any

import pytest

from leadline.errors import QueryRefused, StoreUnavailable
from leadline_web.offline import open_home


def test_the_home_itself_gives_the_same_answer_as_the_service(
    own_web: Any, app: str, append: Any, beacon: Any, wait: Any
) -> None:
    append([beacon(page_view_id=f"v{number}", service_version="1") for number in range(9)])
    own_web.start()
    wait(lambda: own_web.rows("SELECT count(*) AS n FROM page_views") == [{"n": 9}])
    served = own_web.client.get("/v1/vitals", params={"app": app}).json()
    with pytest.raises(StoreUnavailable, match="process"), open_home(own_web.settings, wait_s=0):
        pass
    assert own_web.stop() == 0
    with open_home(own_web.settings) as home:
        assert home.vitals(app=app) == served


def test_the_home_itself_loads_once_what_no_service_has_seen(
    own_web: Any, commit: Any, run_result: Any, append: Any, beacon: Any
) -> None:
    append([beacon()])
    commit(run_result())
    for _ in range(2):
        with open_home(own_web.settings) as home:
            counts = "SELECT (SELECT count(*) FROM page_views) AS views, (SELECT count(*) FROM journey_runs) AS runs"
            assert home.query(counts).table.to_pylist() == [{"views": 1, "runs": 1}]
            with pytest.raises(QueryRefused):
                home.query("DELETE FROM page_views")


def test_what_hinders_the_loading_is_said_beside_the_answer(
    own_web: Any, append: Any, beacon: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    append([beacon(record={"network": "8.8.8.0/24"})])
    said = own_web.settings.web.model_copy(update={"country_database": "gone.mmdb"})
    with open_home(own_web.settings.model_copy(update={"web": said})) as home:
        rows = home.query("SELECT geo_country_iso_code AS c FROM page_views").table.to_pylist()
    assert rows == [{"c": None}]
    assert "gone.mmdb is missing" in capsys.readouterr().err
