"""The process: what stops its start, how it ends, and what it says of itself."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import psutil
import pytest

from leadline.settings import load_settings
from leadline_web.service import main


def written(folder: Path, listen: str, more: str = "") -> Any:
    file = folder / "leadline.toml"
    file.write_text(f'[web]\nlisten = "{listen}"\n{more}[[app]]\nname = "shop"\n')
    return load_settings(file)


def test_a_port_that_is_taken_is_one_message_with_its_remedy(tmp_path: Path, capsys: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        assert main(written(tmp_path, listen)) == 2
    said = capsys.readouterr().err
    assert listen in said
    assert "[web] listen" in said
    assert not (tmp_path / ".leadline" / "run" / "web.json").exists()


def test_other_machines_are_not_let_in_without_tokens(tmp_path: Path, capsys: Any) -> None:
    for listen in ("0.0.0.0:0", "192.0.2.1:0", "[::]:0", "ops.example:0"):
        settings = written(tmp_path, "127.0.0.1:0")
        open_to_all = settings.model_copy(update={"web": settings.web.model_copy(update={"listen": listen})})
        assert main(open_to_all) == 2
        assert "[web.tokens" in capsys.readouterr().err
    assert not (tmp_path / ".leadline").exists()


def test_a_home_that_can_not_be_made_is_one_message(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "occupied").write_text("a file")
    settings = written(tmp_path, "127.0.0.1:0", '[home]\npath = "./occupied/home"\n')
    assert main(settings) == 2
    assert "occupied" in capsys.readouterr().err


def test_told_to_stop_it_ends_with_zero_and_has_started_nothing(own_web: Any) -> None:
    own_web.start()
    children = psutil.Process(own_web.process.pid).children(recursive=True)
    assert own_web.stop() == 0
    assert children == []
    assert not (own_web.settings.paths.run / "web.json").exists()


@pytest.mark.kill
def test_with_web_killed_beacons_are_loaded_and_answered_all_the_same(
    own_web: Any, append: Any, beacon: Any, wait: Any
) -> None:
    own_web.start()
    own_web.process.kill()
    append([beacon()])
    wait(lambda: own_web.store.rows("SELECT count(*) AS n FROM page_views") == [{"n": 1}])


def test_a_country_database_that_is_missing_is_said_and_nothing_else_is_wrong_until_it_comes(
    own_web: Any, append: Any, beacon: Any, wait: Any, write_countries: Any
) -> None:
    file = own_web.settings_file
    file.write_text(file.read_text() + '[store]\ncountry_database = "countries.mmdb"\n')
    own_web.settings = load_settings(file)
    own_web.start()
    wait(lambda: "leadline_country_database_up 0.0" in own_web.client.get("/metrics").text)
    ready = own_web.client.get("/readyz")
    assert ready.status_code == 200
    assert f"the country database {file.parent}/countries.mmdb is missing" in ready.json()["store_trouble"]
    append([beacon(page_view_id="before", record={"network": "8.8.8.0/24"})])
    wait(lambda: len(own_web.rows("FROM page_views")) == 1)
    write_countries({"8.8.8.0/24": {"country_code": "US"}})
    wait(lambda: "leadline_country_database_up 1.0" in own_web.client.get("/metrics").text)
    assert "store_trouble" not in own_web.client.get("/readyz").json()
    append([beacon(page_view_id="since", record={"network": "8.8.8.0/24"})])
    asked = "SELECT page_view_id AS v, geo_country_iso_code AS c FROM page_views ORDER BY v"
    wait(lambda: own_web.rows(asked) == [{"v": "before", "c": None}, {"v": "since", "c": "US"}])
