"""`leadline snippet`: the tag, its checksum, and the line for the web server in front."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from leadline.cli import main
from leadline.settings import find_script
from leadline.wire.snippet import EMPTY_SCRIPT, name_script, write_tag


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    (tmp_path / "b.js").write_bytes(b"/* the beacon */")
    monkeypatch.setattr("leadline.settings.beacon_script.find_script", lambda: tmp_path / "b.js")
    return b"/* the beacon */"


def test_the_tag_carries_app_key_version_and_the_checksum_of_the_script(
    script: bytes, write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_settings('[[app]]\nname = "shop"\nkeys = ["pk_1"]\n')
    assert main(["snippet", "--version", "1.5.0", "--cohort", "canary", "-c", str(file)]) == 0
    checksums = " ".join(
        f"sha384-{base64.b64encode(hashlib.sha384(each).digest()).decode()}" for each in (script, EMPTY_SCRIPT)
    )
    name = f"b.{hashlib.sha256(script).hexdigest()[:12]}.js"
    assert (
        f'<script async src="/_l/{name}?key=pk_1" integrity="{checksums}" crossorigin="anonymous" data-app="shop" '
        'data-key="pk_1" data-version="1.5.0" data-cohort="canary"></script>'
    ) in capsys.readouterr().out


def test_the_lines_for_nginx_and_caddy_lead_to_the_collector(
    script: bytes, write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_settings('[[app]]\nname = "shop"\nkeys = ["pk_1"]\n')
    collector = file.read_text().split('"')[3]
    main(["snippet", "-c", str(file)])
    said = capsys.readouterr().out
    assert f"location ^~ /_l/ {{\n      proxy_pass http://{collector};\n" in said
    assert f"handle /_l/* {{\n      reverse_proxy {collector}\n" in said


def test_tag_and_lines_are_printed_for_any_path(
    script: bytes, write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_settings('[[app]]\nname = "shop"\nkeys = ["pk_1"]\n')
    assert main(["snippet", "--path", "stats", "-c", str(file)]) == 0
    said = capsys.readouterr().out
    assert all(line in said for line in ('src="/stats/b.', "location ^~ /stats/ {", "handle /stats/* {"))
    assert "/_l/" not in said
    assert main(["snippet", "--path", "/a b/", "-c", str(file)]) == 2


def test_a_built_script_has_the_name_that_the_build_gave_it() -> None:
    script = find_script()
    assert script is not None
    assert (script.parent / name_script(script.read_bytes())).read_bytes() == script.read_bytes()


def test_a_site_on_this_machine_needs_no_web_server_in_front(
    script: bytes, write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_settings('[[app]]\nname = "shop"\nkeys = ["pk_1"]\nbase_url = "http://localhost:3000"\n')
    collector = file.read_text().split('"')[3]
    main(["snippet", "-c", str(file)])
    said = capsys.readouterr().out
    assert re.search(
        rf'<script async src="http://{re.escape(collector)}/b\.[0-9a-f]{{12}}\.js\?key=pk_1" integrity=', said
    )


def test_a_value_can_not_leave_its_attribute() -> None:
    tag = write_tag("shop", key='"><script>alert(1)</script>', version='"')
    assert tag.count("<") == 2
    assert tag.count('"') == 8


def test_an_app_without_a_key_is_refused(script: bytes, write_settings: Callable[..., Path]) -> None:
    assert main(["snippet", "-c", str(write_settings('[[app]]\nname = "shop"\n'))]) == 2


def test_with_several_apps_one_must_be_named(
    script: bytes, write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_settings('[[app]]\nname = "a"\nkeys = ["pk_a"]\n[[app]]\nname = "b"\nkeys = ["pk_b"]\n')
    assert main(["snippet", "-c", str(file)]) == 2
    assert "add --app with one of: a, b" in capsys.readouterr().err
    assert main(["snippet", "--app", "b", "-c", str(file)]) == 0
    assert 'data-key="pk_b"' in capsys.readouterr().out


def test_without_a_built_script_the_tag_has_no_checksum_and_that_is_said(
    write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadline.settings.beacon_script.find_script", lambda: None)
    assert main(["snippet", "-c", str(write_settings('[[app]]\nname = "shop"\nkeys = ["pk_1"]\n'))]) == 0
    said = capsys.readouterr()
    assert "integrity" not in said.out
    assert "`make beacon`" in said.err
