"""Ports, folders and the configuration that the walk writes."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from walking.places import DEMO, KEPT_WALKS, Places, check_ports, choose_places, prepare_folder, write_settings

from leadline.errors import ConfigurationError
from leadline.settings import load_settings

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def places_in(folder: Path, *, port: int = 9000, name: str = "walk-1") -> Places:
    return Places(port=port, folder=folder / "demo", home=folder / "demo" / name)


def test_ports_and_folder_come_from_the_environment(tmp_path: Path) -> None:
    places = choose_places({"LEADLINE_PORT": "9000", "LEADLINE_HOME": str(tmp_path)}, now=AT)
    assert (places.web_url, places.collector_url) == ("http://127.0.0.1:9000", "http://127.0.0.1:9001")
    assert (places.shop_url, places.receiver_url) == ("http://127.0.0.1:9002", "http://127.0.0.1:9003")
    assert places.home == tmp_path / "demo" / "walk-20261124-120000"


@pytest.mark.parametrize("port", ["0", "-1", "http", "65533", "8080.5", "²"])
def test_a_port_that_is_none_is_one_message(port: str) -> None:
    with pytest.raises(ConfigurationError, match="LEADLINE_PORT") as raised:
        choose_places({"LEADLINE_PORT": port}, now=AT)
    assert "65532" in raised.value.hint


def test_the_configuration_that_is_written_is_one_that_leadline_reads(tmp_path: Path) -> None:
    places = places_in(tmp_path)
    prepare_folder(places).close()
    settings = load_settings(places.settings_file)
    assert (settings.web.listen, settings.collector.listen) == ("127.0.0.1:9000", "127.0.0.1:9001")
    assert settings.paths.home == places.home
    assert settings.apps[0].base_url == places.shop_url
    assert settings.notify.targets == {"oncall": "json://127.0.0.1:9003/"}
    assert settings.journeys[0].path == DEMO / "journeys"
    assert not settings.warnings


def test_the_template_as_it_stands_is_a_configuration_too() -> None:
    settings = load_settings(DEMO / "leadline.toml")
    assert settings.web.listen == "127.0.0.1:8080"
    assert set(settings.journeys[0].cohorts) == {"baseline", "canary"}


def test_ports_that_overlap_the_default_ones_are_not_mixed_up(tmp_path: Path) -> None:
    text = write_settings(places_in(tmp_path, port=8081))
    assert [text.count(f":{port}") for port in (8080, 8081, 8082, 8083, 8084)] == [0, 1, 1, 4, 1]


def test_a_taken_port_is_named_with_a_free_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"{port} .shop.") as raised:
            check_ports(places_in(tmp_path, port=port - 2))
    assert "LEADLINE_PORT=" in raised.value.hint


def test_each_walk_has_a_fresh_home_and_the_last_ones_are_kept(tmp_path: Path) -> None:
    (tmp_path / "demo" / "mine").mkdir(parents=True)
    for index in range(6):
        prepare_folder(places_in(tmp_path, name=f"walk-2026010{index}-000000")).close()
    left = sorted(folder.name for folder in (tmp_path / "demo").iterdir() if folder.is_dir())
    assert left == ["mine", *(f"walk-2026010{index}-000000" for index in range(6 - KEPT_WALKS, 6))]


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    lock = prepare_folder(places_in(tmp_path))
    with pytest.raises(ConfigurationError, match="another demo runs"):
        prepare_folder(places_in(tmp_path, name="walk-2"))
    lock.close()
    prepare_folder(places_in(tmp_path, name="walk-2")).close()


def test_a_folder_that_is_a_file_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("")
    with pytest.raises(ConfigurationError, match="can't be written"):
        prepare_folder(places_in(tmp_path))
