"""`leadline snippet verify` as a command: in words, to programs, and documented."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from verifying.proxied_shop import Shop

from leadline.cli import main
from leadline.cli.verifying.hindrances import Cause

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_the_command_says_it_in_words_and_to_programs(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.show('src="/_l/b.js" data-key="pk_shop"')
    assert main(["snippet", "verify", shop.url, "-c", str(shop.file)]) == 0
    said = capsys.readouterr().out
    assert "a beacon was sent and is on disk" in said
    assert "the page names no version" in said
    shop.show('src="/_l/b.js" data-key="pk_nobody"')
    assert main(["snippet", "verify", shop.url, "--format", "json", "-c", str(shop.file)]) == 1
    [told] = json.loads(capsys.readouterr().out)
    assert (told["cause"], told["status_code"], told["is_arriving"]) == ("unknown_key", 401, False)


def test_an_address_without_a_scheme_is_told_how_to_write_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["snippet", "verify", "shop.example"]) == 2
    assert "write https://shop.example" in capsys.readouterr().err


def test_every_cause_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
    rows = "\n".join(re.findall(r"^\| (`.*?) \|", page, flags=re.M))
    assert [cause for cause in Cause if f"`{cause}`" not in rows] == []
