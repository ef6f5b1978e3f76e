"""The script as browsers fetch it: small, cached for as long as it may be, and empty for an app that is off."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from leadline.wire.snippet import EMPTY_SCRIPT, name_script
from leadline_collector.scripts.builds import Script
from leadline_collector.scripts.negotiation import choose_coding, has_already

SOURCE = b"window.leadline = {};\n" * 50
NAMED = f"b.{hashlib.sha256(SOURCE).hexdigest()[:12]}.js"
SERVE_FROM = """
import sys
from pathlib import Path
from leadline.settings import load_settings
from leadline_collector import service
from leadline_collector.scripts import builds as script
script.Script.__init__.__defaults__ = (Path(sys.argv[1]).parent / "static",)
sys.exit(service.main(load_settings(Path(sys.argv[1]))))
"""


def build(folder: Path, source: bytes = SOURCE) -> None:
    """What the front-end build leaves."""
    folder.mkdir()
    named = name_script(source)
    for name in ("b.js", named):
        (folder / name).write_bytes(source)
    (folder / f"{named}.br").write_bytes(b"brotli bytes")
    (folder / "manifest.json").write_text(json.dumps({"b.js": {"file": named, "integrity": "sha384-x"}}))


@pytest.fixture
def serving(collector: Any, tmp_path: Path) -> Any:
    build(tmp_path / "static")
    return collector(launcher=SERVE_FROM)


@pytest.mark.parametrize("path", ["/b.js", "/_l/b.js", "/any/prefix/b.js"])
def test_the_stable_script_is_short_lived_and_works_behind_a_prefix(serving: Any, path: str) -> None:
    answer = serving.get(path)
    assert (answer.status_code, answer.content) == (200, SOURCE)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "max-age=300" in answer.headers["cache-control"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert serving.get(path, if_none_match=answer.headers["etag"]).status_code == 304


def test_the_hashed_script_is_kept_for_ever(serving: Any) -> None:
    assert "immutable" in serving.get(f"/_l/{NAMED}").headers["cache-control"]


def test_the_script_is_packed_as_the_browser_asks(serving: Any) -> None:
    with serving.client.stream("GET", f"{serving.url}/{NAMED}", headers={"accept-encoding": "gzip, br"}) as answer:
        assert (answer.headers["content-encoding"], b"".join(answer.iter_raw())) == ("br", b"brotli bytes")
    with serving.client.stream("GET", f"{serving.url}/b.js", headers={"accept-encoding": "gzip"}) as answer:
        assert gzip.decompress(b"".join(answer.iter_raw())) == SOURCE


@pytest.mark.parametrize("key", ["pk_off", "pk_old"])
@pytest.mark.parametrize("name", ["b.js", NAMED])
def test_an_app_that_is_off_and_a_revoked_key_get_an_empty_script(serving: Any, key: str, name: str) -> None:
    answer = serving.get(f"/_l/{name}?key={key}")
    assert (answer.status_code, answer.content) == (200, EMPTY_SCRIPT)
    assert answer.headers["leadline-dropped"] == {"pk_off": "app_off", "pk_old": "key_revoked"}[key]
    assert "max-age=300" in answer.headers["cache-control"]


def test_a_page_goes_on_with_the_script_that_its_tag_names_after_an_upgrade(
    serving: Any, collector: Any, tmp_path: Path
) -> None:
    serving.stop()
    shutil.rmtree(tmp_path / "static")
    build(tmp_path / "static", source=SOURCE + b"// the next release")
    upgraded = collector(launcher=SERVE_FROM)
    assert upgraded.get("/b.js").content != SOURCE
    answer = upgraded.get(f"/_l/{NAMED}?key=pk_shop")
    assert (answer.status_code, answer.content) == (200, SOURCE)
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["/nothing.js", "/..%2f..%2fservice.js", "/manifest.json", "/sizes.json", f"/{'b' * 300}.js", "/%00.js"]
)
def test_only_built_scripts_are_served(serving: Any, path: str) -> None:
    assert serving.get(path).status_code == 404


def test_without_a_build_the_answer_says_how_to_make_one(collector: Any, tmp_path: Path) -> None:
    answer = collector(launcher=SERVE_FROM).get("/b.js")
    assert (answer.status_code, answer.json()["detail"]) == (404, "make beacon")


def test_the_manifest_names_the_long_lived_script_and_its_integrity(tmp_path: Path) -> None:
    build(tmp_path / "static")
    script = Script(tmp_path / "static")
    assert (script.hashed_name(), script.integrity()) == (NAMED, "sha384-x")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("br, gzip", "br"),
        ("GZIP", "gzip"),
        ("gzip, deflate, zstd", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.0, gzip;q=0.5", "gzip"),
        ("gzip ; q=0 , br ;q=0.000", ""),
        ("*", "br"),
        ("*;q=0.1, br;q=0", "gzip"),
        ("identity", ""),
        ("gzip;q=nonsense", ""),
        ("gzip;q=nan", ""),
        ("", ""),
    ],
)
def test_the_coding_is_one_that_the_browser_takes(accepted: str, coding: str) -> None:
    assert choose_coding(accepted, ["br", "gzip"]) == coding


@pytest.mark.parametrize(
    ("said", "is_known"),
    [
        ('W/"a"', True),
        ('"a"', True),
        ('"b", W/"a"', True),
        ("*", True),
        ('"b"', False),
        ("a", False),
        ("", False),
    ],
)
def test_a_script_that_the_browser_has_is_not_sent_again(said: str, is_known: bool) -> None:
    assert has_already(said, 'W/"a"') == is_known
