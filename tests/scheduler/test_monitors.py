"""Journeys and checks become one monitor per cohort and location; what is not yet in effect is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.errors import ConfigurationError
from leadline.model import JourneySpec
from leadline.settings import Settings, load_settings
from leadline_scheduler.monitors import list_monitors, list_not_yet, name_dead_routes, name_twice

BASE = """
[[app]]
name = "shop"
base_url = "https://shop.example"
environment = "staging"
"""


def _settings(tmp_path: Path, more: str) -> Settings:
    file = tmp_path / "leadline.toml"
    file.write_text(BASE + more)
    return load_settings(file, {})


def _journey(name: str = "checkout", path: str = "journeys/checkout.py") -> JourneySpec:
    return JourneySpec(name=name, path=path, every_s=60)


def test_a_journey_runs_once_per_cohort_with_identities_of_their_own(tmp_path: Path) -> None:
    settings = _settings(
        tmp_path,
        '[[journeys]]\npath = "j"\napp = "shop"\nconfirm = 3\n'
        'cohorts = { baseline = { cookies = { v = "stable" } }, canary = { headers = { X = "c" } } }',
    )
    baseline, canary = list_monitors(settings, [(settings.journeys[0], [_journey()])])
    assert (baseline.key, canary.key) == (
        "journey:shop/checkout@baseline@local",
        "journey:shop/checkout@canary@local",
    )
    assert (baseline.cohort.cookies, canary.cohort.headers) == ({"v": "stable"}, {"X": "c"})
    assert (canary.confirm, canary.base_url, canary.environment) == (3, "https://shop.example", "staging")


def test_a_check_without_cohorts_runs_once_as_anyone(tmp_path: Path) -> None:
    settings = _settings(
        tmp_path,
        '[[check]]\nname = "api"\napp = "shop"\nurl = "https://shop.example/h"\nevery = "30s"\nbudget = "500ms"\n'
        'timeout = "2s"',
    )
    [monitor] = list_monitors(settings, [])
    assert (monitor.kind, monitor.cohort.name, monitor.every_s, monitor.deadline_s) == ("check", None, 30.0, 2.0)


@pytest.mark.parametrize(("more", "is_set"), [("", False), ('min_duration = "5m"\ndegraded = "warning"\n', True)])
def test_when_an_incident_opens_is_configured_for_journeys_and_checks(tmp_path: Path, more: str, is_set: bool) -> None:
    check = '[[check]]\nname = "api"\napp = "shop"\nurl = "https://shop.example/h"\n'
    settings = _settings(tmp_path, '[[journeys]]\npath = "j"\napp = "shop"\n' + more + check + more)
    for monitor in list_monitors(settings, [(settings.journeys[0], [_journey()])]):
        assert (monitor.min_duration_s, monitor.is_slow_wrong) == ((300.0, True) if is_set else (0.0, False))


def test_a_misspelt_answer_to_slow_runs_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"leadline\.toml:9:\d+.*did you mean 'warning'"):
        _settings(tmp_path, '[[journeys]]\npath = "j"\napp = "shop"\ndegraded = "warn"\n')


def test_other_locations_do_not_run_here_and_that_is_said(tmp_path: Path) -> None:
    settings = _settings(
        tmp_path,
        '[[check]]\nname = "api"\napp = "shop"\nurl = "https://shop.example/h"\nlocations = ["local", "tokyo"]',
    )
    assert len(list_monitors(settings, [])) == 1
    assert list_not_yet(settings) == ["check 'api': location 'tokyo' is not yet in effect, only 'local' runs"]


def test_two_journeys_of_one_name_in_one_app_are_told_with_their_places(tmp_path: Path) -> None:
    settings = _settings(tmp_path, '[[journeys]]\npath = "j"\napp = "shop"')
    journeys = [(settings.journeys[0], [_journey(path="a.py"), _journey(path="b.py"), _journey("other")])]
    assert list(name_twice(journeys)) == ["b.py:1: the journey 'checkout' of app 'shop' exists already in a.py:1"]


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ('{ check = "apj" }', "no check is named 'apj'; did you mean 'api'?"),
        ('{ journey = "nothing" }', "no journey is named 'nothing'; known: 'checkout'"),
        ('{ app = "blog", check = "api" }', "no check is named 'api'; known: none"),
        ('{ journey = "checkout", check = "api" }', "names a journey and a check"),
    ],
)
def test_a_route_that_can_match_nothing_is_named_with_its_place(tmp_path: Path, match: str, said: str) -> None:
    settings = _settings(
        tmp_path,
        '[[app]]\nname = "blog"\n[[check]]\nname = "api"\napp = "shop"\nurl = "https://shop.example/h"\n'
        '[[journeys]]\npath = "j"\napp = "shop"\n[notify]\ntargets = { oncall = "json://127.0.0.1:9/" }\n'
        f'[[route]]\ntargets = ["oncall"]\nmatch = {match}\n',
    )
    [problem] = name_dead_routes(settings, [(settings.journeys[0], [_journey()])])
    assert said in problem
    assert "leadline.toml:" in problem


def test_a_route_for_what_exists_is_fine(tmp_path: Path) -> None:
    settings = _settings(
        tmp_path,
        '[[journeys]]\npath = "j"\napp = "shop"\n[notify]\ntargets = { oncall = "json://127.0.0.1:9/" }\n'
        '[[route]]\ntargets = ["oncall"]\nmatch = { journey = "checkout", app = "shop" }\n',
    )
    assert list(name_dead_routes(settings, [(settings.journeys[0], [_journey()])])) == []
