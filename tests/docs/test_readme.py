"""The README claims nothing that is not here: its links lead somewhere, its commands exist, its pictures are light."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer

from leadline.cli.app import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
MOST_PICTURE_BYTES = 150_000


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_each_link_to_a_file_leads_to_one(page: str) -> None:
    text = (ROOT / page).read_text()
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text) + re.findall(r'(?:src|srcset)="(docs/[^"]+)"', text)
    assert links
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


def test_each_command_exists() -> None:
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"(?:^|`|&& |   )leadline ([a-z]+)", README, re.M))
    assert {"init", "up", "vitals", "record"} <= named
    assert named <= known


def test_each_measuring_script_exists() -> None:
    scripts = re.findall(r"`python (bench/\S+)`", README)
    assert scripts
    assert all((ROOT / script).is_file() for script in scripts)


@pytest.mark.parametrize("name", ["now.png", "now-dark.png"])
def test_the_pictures_are_light(name: str) -> None:
    assert 10_000 < (ROOT / "docs" / "images" / name).stat().st_size <= MOST_PICTURE_BYTES


def test_the_script_is_no_larger_than_the_readme_says() -> None:
    ledger = json.loads((ROOT / "web" / "beacon" / "sizes.json").read_text())
    said = re.search(r"([\d,]+) bytes, brotli", README)
    assert said is not None
    assert ledger["b.js"]["brotli"] <= int(said[1].replace(",", ""))
