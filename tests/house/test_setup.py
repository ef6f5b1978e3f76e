"""Set-up stands without what is not needed to work, and says so in one line."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """tools/setup.py, at work on another checkout."""
    spec = importlib.util.spec_from_file_location("leadline_setup", ROOT / "tools" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    shutil.copytree(ROOT / "web" / "countries", tmp_path / "web" / "countries")
    monkeypatch.setattr(module, "ROOT", str(tmp_path))
    monkeypatch.setattr(module, "STAMPS", str(tmp_path / "stamps"))
    return module


def test_a_country_database_that_can_not_be_had_is_one_line_and_is_tried_again(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    for _ in range(2):
        setup.fetch_countries()
        said = capfd.readouterr()
        [line] = said.out.splitlines()[1:]
        assert line.startswith("setup: it can't be had now; countries come from [collector] country_header alone")
        assert said.err == ""
    assert not (tmp_path / "leadline").exists()


def test_the_country_database_is_fetched_once_with_the_licence_of_its_data(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "web/countries/node_modules/@ip-location-db/geo-whois-asn-country-mmdb"

    def install(*arguments: str, folder: str) -> int:
        assert (arguments[0], folder) == ("ci", str(tmp_path / "web" / "countries"))
        package.mkdir(parents=True)
        (package / "NRO_LICENSE").write_text("CC BY 4.0")
        (package / "geo-whois-asn-country.mmdb").write_bytes(b"countries")
        return 0

    monkeypatch.setattr(setup, "npm_code", install)
    setup.fetch_countries()
    bundled = tmp_path / "leadline/store/bundled"
    assert (bundled / "countries.mmdb").read_bytes() == b"countries"
    assert (bundled / "countries.LICENSE").read_text() == "CC BY 4.0"
    assert not package.exists()
    capfd.readouterr()
    setup.fetch_countries()
    assert capfd.readouterr().out == ""
