"""`leadline.connect`: a home or a web service, asked with SQL, answered as tables of the reader's own tools."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from filled_homes import append_to_log, encode_beacon

import leadline
from leadline.errors import ConfigurationError, QueryRefused, ServiceUnreachable
from leadline.settings import load_settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "leadline.toml").write_text('[[app]]\nname = "shop"\n')
    settings = load_settings(tmp_path / "leadline.toml")
    settings.paths.create_folders()
    append_to_log(settings, [encode_beacon("shop", service_version="1.5.0")])
    return tmp_path


def test_a_home_is_asked_by_its_folder_its_file_or_itself(folder: Path) -> None:
    for where in (folder, str(folder / "leadline.toml"), folder / ".leadline"):
        answer = leadline.connect(where).sql("SELECT service_version FROM users_page_views")
        assert answer.arrow().to_pylist() == [{"service_version": "1.5.0"}]
        assert answer.truncated is None


def test_what_is_refused_says_why_and_a_cut_answer_says_so(folder: Path) -> None:
    home = leadline.connect(folder)
    with pytest.raises(QueryRefused, match="did you mean page_views"):
        home.sql("SELECT * FROM page_view")
    assert home.sql("SELECT * FROM range(10)", max_rows=3).truncated == "rows"


def test_where_there_is_no_home_or_no_service_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        leadline.connect(tmp_path / "nowhere")
    with pytest.raises(ServiceUnreachable, match="does not answer"):
        leadline.connect("http://127.0.0.1:9").sql("SELECT 1")


def test_a_library_that_is_not_installed_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer: Any = leadline.connect(folder).sql("SELECT 1 AS a")
    for module, ask in (("pandas", answer.df), ("polars", answer.pl)):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(ImportError, match=f"pip install {module}"):
            ask()
