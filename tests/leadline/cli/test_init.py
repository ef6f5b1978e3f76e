"""`leadline init`: one command, no question, and files that work whatever the site does."""

from __future__ import annotations

import runpy
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from leadline.cli import main
from leadline.cli.starting.first_look import Look, in_words
from leadline.cli.starting.templates import Start, write_journey_text, write_settings_text
from leadline.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LEADLINE_PORT", raising=False)
    monkeypatch.delenv("LEADLINE_HOME", raising=False)


def written(folder: Path) -> Settings:
    return load_settings(folder / "leadline.toml")


def a_look(**said: Any) -> Look:
    return Look(**({"url": "https://shop.example", "final_url": "https://shop.example/", "status": 200} | said))


def a_start(look: Look, name: str = "shop") -> Start:
    return Start(name=name, key="pk_1", home="./.leadline", port=8080, look=look)


@pytest.mark.browser
def test_the_first_journey_passes_on_the_page_that_it_was_written_for(
    site: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "shop", site.url]) == 0
    text = (tmp_path / "journeys/shop.py").read_text()
    assert 'to_have_title("The Shop")' in text
    assert 'to_have_text("Welcome, dear guest")' in text
    assert main(["run", "journeys/shop.py"]) == 0
    assert "PASSED" in capsys.readouterr().out


@pytest.mark.browser
def test_the_first_journey_fails_when_the_page_is_another_one(
    site: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init", "shop", site.url])
    file = tmp_path / "journeys/shop.py"
    file.write_text(file.read_text().replace('"5s")', '"5s", timeout="500ms")'))
    site.pages["/"] = (200, {}, "<title>Closed</title>")
    assert main(["run", "journeys/shop.py"]) == 1
    assert "FAILED" in capsys.readouterr().out


@pytest.mark.browser
def test_a_site_that_nobody_runs_is_said_in_words_and_the_files_are_written(
    free_port: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "shop", f"http://127.0.0.1:{free_port()}"]) == 0
    assert "nothing listens there; is the site running?" in capsys.readouterr().out
    assert written(tmp_path).warnings == ()
    compile((tmp_path / "journeys/shop.py").read_text(), "shop.py", "exec")


@pytest.mark.browser
def test_a_site_that_answers_500_is_said_and_its_error_page_is_not_taken_for_the_page(
    site: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.pages["/"] = (500, {}, "<title>Oops</title>")
    assert main(["init", "shop", site.url]) == 0
    assert "it answers with HTTP 500" in capsys.readouterr().out
    assert "Oops" not in (tmp_path / "journeys/shop.py").read_text()


@pytest.mark.browser
def test_a_redirect_elsewhere_is_said_and_followed(
    site: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = site.url.replace("127.0.0.1", "localhost")
    site.pages["/"] = (302, {"Location": f"{there}/new"}, "")
    site.pages["/new"] = (200, {}, "<title>New</title>")
    assert main(["init", "shop", site.url]) == 0
    assert f"{site.url} redirects to {there}/new" in capsys.readouterr().out
    app = written(tmp_path).apps[0]
    assert (app.base_url, app.origins) == (there, [site.url, there])
    assert 'page.goto("/new")' in (tmp_path / "journeys/shop.py").read_text()


@pytest.mark.parametrize(
    ("address", "origins"),
    [
        ("http://127.0.0.1:3000", ["http://127.0.0.1:3000", "http://localhost:3000"]),
        ("http://localhost:3000", ["http://localhost:3000", "http://127.0.0.1:3000"]),
        ("https://shop.example", ["https://shop.example"]),
    ],
)
def test_a_site_on_this_machine_may_send_by_either_of_its_names(address: str, origins: list[str]) -> None:
    look = Look(url=address, final_url=address)
    text = write_settings_text(Start(name="shop", key="pk_1", home="./.leadline", port=8080, look=look))
    assert tomllib.loads(text)["app"][0]["origins"] == origins


@pytest.mark.parametrize("message", ["net::ERR_CERT_AUTHORITY_INVALID", "net::ERR_CERT_DATE_INVALID"])
def test_a_bad_certificate_is_said_in_words(message: str) -> None:
    assert in_words(message) == "its certificate is not valid, and people's browsers refuse it too"


def test_without_a_site_it_writes_files_that_can_be_changed(tmp_path: Path) -> None:
    assert main(["init"]) == 0
    assert written(tmp_path).apps[0].base_url == "http://localhost:3000"


def test_what_it_writes_has_no_warning_but_that_nobody_is_paged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init"])
    capsys.readouterr()
    assert main(["validate"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert "[notify] has no targets, so these page nobody" in said[0]
    assert said[1].endswith("is valid: 1 journey, 0 checks, 0 targets, 1 warning")


def test_port_and_home_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADLINE_PORT", "9000")
    monkeypatch.setenv("LEADLINE_HOME", "./elsewhere")
    main(["init"])
    settings = written(tmp_path)
    assert (settings.web.listen, settings.collector.listen) == ("127.0.0.1:9000", "127.0.0.1:9001")
    assert settings.paths.home == tmp_path / "elsewhere"


@pytest.mark.parametrize("port", ["0", "65535", "http", "-1"])
def test_a_port_that_is_none_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADLINE_PORT", port)
    assert main(["init"]) == 2


@pytest.mark.parametrize("existing", ["leadline.toml", "journeys/site.py"])
def test_nothing_is_overwritten(existing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "journeys").mkdir()
    (tmp_path / existing).write_text("mine")
    assert main(["init"]) == 2
    assert f"{existing} already exists" in capsys.readouterr().err
    assert [file.read_text() for file in tmp_path.rglob("*") if file.is_file()] == ["mine"]


@pytest.mark.parametrize("words", [["shop", "shop.example"], ["a b", "https://a.example"], ["https://a", "https://b"]])
def test_what_is_no_name_or_address_is_refused(words: list[str], tmp_path: Path) -> None:
    assert main(["init", *words]) == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ['"); import os; os._exit(7) #', "\\", "'''\n\"\"\"", "\x1b[2J\u202e", "ä {x} %s"])
def test_a_hostile_title_is_text_in_the_journey(text: str, tmp_path: Path) -> None:
    source = write_journey_text(a_start(a_look(title=text, heading=text)))
    file = tmp_path / "shop.py"
    file.write_text(source)
    assert callable(runpy.run_path(str(file))["shop"].function)
    assert "\x1b" not in source
    assert "\u202e" not in source


@pytest.mark.parametrize(("name", "function"), [("my-shop", "my_shop"), ("2shop", "journey_2shop"), ("a.b", "a_b")])
def test_a_name_becomes_a_function(name: str, function: str) -> None:
    assert f"async def {function}(run, page):" in write_journey_text(a_start(a_look(), name))


def test_the_configuration_that_it_writes_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "leadline.toml"
    file.write_text(write_settings_text(a_start(a_look())))
    settings = load_settings(file)
    assert settings.apps[0].origins == ["https://shop.example"]


def test_every_commented_table_of_the_first_configuration_is_valid_when_it_is_uncommented(tmp_path: Path) -> None:
    lines = write_settings_text(a_start(a_look())).splitlines()
    keys = ("# [", "# name", "# app", "# url", "# every", "# budget", "# targets", "# heartbeat", "# kpis", "# cohorts")
    file = tmp_path / "leadline.toml"
    file.write_text("\n".join(line.removeprefix("# ") if line.startswith(keys) else line for line in lines))
    settings = load_settings(file, environ={"PAGERDUTY_KEY": "k", "SLACK_TOKENS": "a/b/c"})
    assert (len(settings.checks), len(settings.notify.targets), len(settings.journeys[0].cohorts)) == (1, 2, 2)


@pytest.mark.browser
def test_a_site_behind_a_password_works_at_once_and_the_password_stands_in_a_file_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Stage(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_known = self.headers.get("Authorization") == "Basic c3RhZ2U6aHVudGVyMi1zZWNyZXQ="
            self.send_response(200 if is_known else 401)
            if not is_known:
                self.send_header("WWW-Authenticate", 'Basic realm="stage"')
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Stage</title><h1>Stage</h1>" if is_known else b"no")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Stage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        assert main(["init", "stage", f"http://stage:hunter2-secret@127.0.0.1:{server.server_port}"]) == 0
        assert main(["run", "journeys/stage.py"]) == 0
    finally:
        server.shutdown()
        server.server_close()
    said = capsys.readouterr()
    assert "hunter2" not in said.out + said.err + (tmp_path / "leadline.toml").read_text()
    assert (tmp_path / "stage.base_url").stat().st_mode & 0o777 == 0o600
    assert written(tmp_path).apps[0].base_url == f"http://stage:hunter2-secret@127.0.0.1:{server.server_port}"
