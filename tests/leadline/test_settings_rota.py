"""[[rota]]: who is on call when, by the clocks of its zone; a page goes to that person, and bad tables are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadline.cli import main
from leadline.settings import Settings, load_settings
from leadline.settings.toml_file import SettingsInvalid

BASE = """
[[app]]
name = "shop"
[[check]]
name = "api"
app = "shop"
url = "https://shop.example/"
[notify.targets]
anna = "json://127.0.0.1:9/anna"
ben = "json://127.0.0.1:9/ben"
[[route]]
targets = ["oncall"]
[[rota]]
name = "oncall"
people = ["anna", "ben"]
first = 2026-10-19
at = 09:00:00
time_zone = "Europe/Berlin"
"""
OVERRIDE = '[[rota.override]]\ntarget = "anna"\nstart = 2026-10-28T09:00:00\nend = 2026-10-29T09:00:00\n'


def read(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "leadline.toml").write_text(text)
    return load_settings(tmp_path / "leadline.toml", {})


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("2026-10-19T06:59", "ben"),  # 08:59 in Berlin, before the first hand-over
        ("2026-10-19T07:00", "anna"),
        ("2026-10-26T07:59", "anna"),  # the clocks were set back on the 25th: 08:59
        ("2026-10-26T08:00", "ben"),
        ("2026-10-28T08:00", "anna"),  # the override
        ("2026-10-29T08:00", "ben"),
        ("2026-11-02T08:00", "anna"),
        ("2027-03-29T06:59", "anna"),  # set on again on the 28th
        ("2027-03-29T07:00", "ben"),
    ],
)
def test_the_hand_over_keeps_its_wall_clock(tmp_path: Path, at: str, who: str) -> None:
    [table] = read(tmp_path, BASE + OVERRIDE).rotas
    assert table.rota().on_call(datetime.fromisoformat(at).replace(tzinfo=UTC)) == who


@pytest.mark.parametrize(("at", "who"), [("2026-10-26T07:59Z", "anna"), ("2026-10-26T08:00Z", "ben")])
def test_the_plan_says_who_would_be_paged_then(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], at: str, who: str
) -> None:
    read(tmp_path, BASE)
    assert main(["validate", "-c", str(tmp_path / "leadline.toml"), "--plan", "--at", at, "--format", "json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert row["pages"] == who


def test_within_a_maintenance_window_the_plan_pages_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    window = '[[maintenance]]\nmatch = {check = "api"}\nweekdays = ["sun"]\nstart = "02:00"\nend = "04:00"\n'
    read(tmp_path, BASE + window)
    pages = []
    for at in ("2026-11-29T03:00Z", "2026-11-29T04:00Z"):
        assert main(["validate", "-c", str(tmp_path / "leadline.toml"), "--plan", "--at", at, "--format", "json"]) == 0
        pages += [row["pages"] for row in json.loads(capsys.readouterr().out)]
    assert pages == [None, "ben"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('people = ["anna", "ben"]', 'people = ["anna", "bob"]', "no target is named 'bob'"),
        ('people = ["anna", "ben"]', "people = []", "rota.people"),
        ('name = "oncall"', 'name = "anna"', "is already the name of a target or rota"),
        ("Europe/Berlin", "Europe/Bonn", "unknown time zone"),
        ("end = 2026-10-29", "end = 2026-10-27", "ends before it starts"),
        ('targets = ["oncall"]', 'targets = ["oncal"]', "did you mean 'oncall'?"),
    ],
)
def test_a_rota_with_a_hole_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = BASE + OVERRIDE
    assert old in text
    with pytest.raises(SettingsInvalid, match=r"leadline\.toml:\d+:\d+: ") as refused:
        read(tmp_path, text.replace(old, new))
    assert said in str(refused.value)
