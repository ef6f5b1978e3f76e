"""`leadline validate`: everything that is wrong at once, each with its place; what deserves a warning; who is paged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leadline.cli import main
from leadline.settings import schema

# Apprise's plugins import what Python 3.13 drops.
pytestmark = pytest.mark.filterwarnings("ignore:'(imghdr|cgi|telnetlib)' is deprecated:DeprecationWarning")

APP = '[[app]]\nname = "shop"\nbase_url = "http://127.0.0.1:9"\n'
JOURNEYS = '[[journeys]]\npath = "journeys"\napp = "shop"\n'
CHECK = '[[check]]\nname = "api"\napp = "shop"\nurl = "http://127.0.0.1:9/"\nevery = "30s"\n'
GOOD = 'from leadline import journey\n@journey(every="1m", severity="warning")\nasync def buy(run, page): ...\n'


@pytest.fixture
def write(write_settings: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """The configuration, with journeys beside it by file name."""

    def write_both(more: str, **journeys: str) -> Path:
        (tmp_path / "journeys").mkdir(exist_ok=True)
        for name, text in journeys.items():
            (tmp_path / "journeys" / f"{name}.py").write_text(text)
        return write_settings(more)

    return write_both


def said(file: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.replace(f"{file.parent}/", "") for line in capsys.readouterr().err.splitlines()]


def test_journeys_and_targets_that_can_not_be_used_are_all_named_at_once(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    notify = '[notify]\ntargets = { oncall = "json://127.0.0.1:9/", pager = "pagrduty://x" }\n'
    broken = "from leadline import journey\nimport nonsense_that_is_not_there\n"
    file = write(APP + JOURNEYS + notify, good=GOOD, broken=broken)
    assert main(["validate", "-c", str(file)]) == 2
    lines = said(file, capsys)
    assert lines[0].startswith("journeys/broken.py:2:1: error: ModuleNotFoundError")
    assert any(line.startswith("leadline.toml:14:45: error: target 'pager'") for line in lines)
    assert lines[-1] == "leadline.toml: 2 errors"


def test_two_journeys_of_one_name_are_an_error(write: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    file = write(APP + JOURNEYS, one=GOOD, two=GOOD)
    assert main(["validate", "-c", str(file)]) == 2
    assert said(file, capsys)[0].startswith("journeys/two.py:2:1: error: a journey named buy already exists in")


def test_a_folder_without_journeys_is_an_error_where_it_is_named(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(APP + JOURNEYS)
    assert main(["validate", "-c", str(file)]) == 2
    assert said(file, capsys)[0] == "leadline.toml:11:1: error: no journey is in this folder"


def test_a_country_database_that_can_not_be_used_is_an_error_where_it_is_named(
    write_countries: Callable[..., Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "leadline.toml"
    line = '[web]\nlisten = "127.0.0.1:0"\ncountry_database = "{}"\n'.format
    file.write_text(line("geo/missing.mmdb"))
    assert main(["validate", "-c", str(file)]) == 2
    first = said(file, capsys)[0]
    assert first.startswith("leadline.toml:3:1: error: the country database geo/missing.mmdb is missing; put it there")
    write_countries({"8.0.0.0/8": {"autonomous_system_number": 15169}}, name="asn.mmdb")
    file.write_text(line("asn.mmdb"))
    assert main(["validate", "-c", str(file)]) == 2
    assert "3:1: error: the country database asn.mmdb holds no countries" in said(file, capsys)[0]
    write_countries({"8.0.0.0/8": {"country_code": "US"}})
    for good in ("countries.mmdb", "off", ""):
        file.write_text(line(good))
        assert main(["validate", "-c", str(file)]) == 0


def test_that_no_country_database_is_bundled_is_said_to_those_who_would_need_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "leadline.toml"
    monkeypatch.setattr(schema, "BUNDLED_COUNTRIES", tmp_path / "nowhere.mmdb")
    app = '[[app]]\nname = "shop"\nkeys = ["pk_1"]\n'
    warning = "warning: there is no bundled country database here, so rows get no country"
    off = '[web]\ncountry_database = "off"\n'
    by_header = '[collector]\ncountry_header = "CF-IPCountry"\n'
    for more, is_said in ((app, True), (off + app, False), (by_header + app, False)):
        file.write_text(more)
        assert main(["validate", "-c", str(file)]) == 0
        assert any(warning in line for line in said(file, capsys)) == is_said


def test_misspelt_keys_are_all_named(write: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    file = write('[[app]]\nname = "shop"\nkpi = []\n[colector]\n')
    assert main(["validate", "-c", str(file)]) == 2
    assert said(file, capsys) == [
        "leadline.toml:9:1: unknown key 'kpi'; did you mean 'kpis'?",
        "leadline.toml:10:2: unknown key 'colector'; did you mean 'collector'?",
    ]


def test_what_pages_nobody_is_a_warning_and_no_error(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    slo = '[[slo]]\nname = "s"\napp = "shop"\nindicator = "check:api"\nobjective = 0.99\n'
    file = write(APP + '[[app]]\nname = "blog"\n' + CHECK + slo)
    assert main(["validate", "-c", str(file)]) == 0
    lines = said(file, capsys)
    assert lines == [
        "leadline.toml:11:1: warning: app 'blog' pages nobody: no journey, check, objective or gate watches it",
        "leadline.toml:13:1: warning: [notify] has no targets, so these page nobody: check 'api'",
        "leadline.toml is valid: 0 journeys, 1 check, 0 targets, 2 warnings",
    ]


def test_an_app_that_sends_beacons_only_is_told_that_nobody_hears_when_they_stop(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    warning = (
        "leadline.toml:8:1: warning: [notify] has no targets, so nobody is paged about burning objectives, missing"
    )
    for more, is_said in (("", True), ('[notify]\ntargets = { oncall = "json://127.0.0.1:9/" }\n', False)):
        file = write(APP + more)
        assert main(["validate", "-c", str(file)]) == 0
        lines = said(file, capsys)
        assert any(line.startswith(warning) for line in lines) == is_said, lines


def test_the_plan_says_what_would_run_when_and_who_would_be_paged(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    cohorts = 'cohorts = { baseline = { cookies = { v = "a" } }, canary = { headers = { v = "b" } } }\n'
    notify = '[notify]\ntargets = { oncall = "json://127.0.0.1:9/", chat = "json://127.0.0.1:8/" }\n'
    route = '[[route]]\nmatch = { severity = "critical" }\ntargets = ["oncall"]\n'
    chat = '[[route]]\nmatch = { journey = "buy" }\ntargets = ["chat"]\n'
    file = write(APP + JOURNEYS + cohorts + CHECK + notify + route + chat, good=GOOD)
    assert main(["validate", "--plan", "--format", "json", "-c", str(file)]) == 0
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert [(row["monitor"], row["name"], row["cohort"], row["every_s"], row["pages"]) for row in rows] == [
        ("journey", "buy", "baseline", 60, "chat"),
        ("journey", "buy", "canary", 60, "chat"),
        ("check", "api", None, 30, "oncall"),
    ]
    assert all(row["next_run_at"] for row in rows)


def test_the_plan_says_what_holds_a_page_back_and_what_follows_it(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    notify = '[notify]\ntargets = { oncall = "json://127.0.0.1:9/", night = "json://127.0.0.1:8/" }\n'
    quiet = 'quiet_hours = { start = "22:00", end = "07:00", time_zone = "Europe/Berlin" }\n'
    by_day = '[[route]]\nwhen = { weekdays = ["mon", "tue", "wed", "thu", "fri"] }\ntargets = ["oncall"]\n'
    by_tag = '[[route]]\nmatch = { tag = "revenue" }\ntargets = ["night"]\nrepeat_every = "15m"\n'
    later = 'escalate_after = "10m"\nescalate_to = ["oncall"]\n'
    check = CHECK + 'severity = "warning"\ntags = ["revenue"]\n'
    file = write(APP + check + notify + quiet + by_day + by_tag + later)

    def plan(at: str) -> tuple[str, str]:
        assert main(["validate", "--plan", "--format", "json", "--at", at, "-c", str(file)]) == 0
        [row] = json.loads(capsys.readouterr().out)
        return row["pages"], row["then"]

    assert plan("2026-11-29T12:00Z") == ("night", "night again every 15 min; oncall after 10 min")
    assert plan("2026-11-30T03:00Z") == (
        "oncall, night",
        "waits until 2026-11-30 06:00Z (quiet hours); night again every 15 min; oncall after 10 min",
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('[[route]]\nmatch = { tag = "revenu" }\ntargets = ["oncall"]\n', "'revenu'; did you mean 'revenue'?"),
        ('[[route]]\nwhen = { start = "25:00" }\ntargets = ["oncall"]\n', "'25:00' is not a time of the day"),
        ('[[route]]\nwhen = { start = "22:00", end = "22:00" }\ntargets = ["oncall"]\n', "equals its start"),
        ('[[route]]\nwhen = { weekdays = ["mo"] }\ntargets = ["oncall"]\n', "did you mean 'mon'?"),
        ('[[route]]\nrepeat_every = "1s"\ntargets = ["oncall"]\n', "repeat_every"),
    ],
)
def test_routes_that_can_never_hold_are_refused_with_their_place(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str], table: str, message: str
) -> None:
    notify = '[notify]\ntargets = { oncall = "json://127.0.0.1:9/" }\n'
    file = write(APP + CHECK + 'tags = ["revenue"]\n' + notify + table)
    assert main(["validate", "-c", str(file)]) == 2
    assert any(line.startswith("leadline.toml:") and message in line for line in said(file, capsys))


def test_marked_tests_are_listed(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "test_shop.py").write_text(
        'import pytest\nclass TestShop:\n    @pytest.mark.journey(every="5m")\n    def test_buy(self, page): ...\n'
        '@pytest.mark.journey(cron="*/10 * * * *")\ndef test_search(page): ...\ndef test_other(page): ...\n'
    )
    file = write(APP + '[[journeys]]\npath = "suite"\napp = "shop"\n')
    assert main(["validate", "-c", str(file)]) == 0
    found = [line for line in said(file, capsys) if line.startswith("  test ")]
    assert found == [
        "  test suite/test_shop.py::TestShop::test_buy, every 5 min",
        "  test suite/test_shop.py::test_search, cron */10 * * * *",
    ]


def test_an_objective_about_a_kpi_that_the_app_does_not_list_is_named(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    slo = '[[slo]]\nname = "%s"\napp = "shop"\nindicator = "kpi:%s"\nobjective = 0.99\n'
    app = APP.rstrip("\n") + '\nkpis = ["order_placed"]\n'
    file = write(app + slo % ("sold", "order_plcd") + slo % ("right", "order_placed"))
    assert main(["validate", "-c", str(file)]) == 0
    [line] = [line for line in said(file, capsys) if "no kpi" in line]
    assert line.startswith("leadline.toml:")
    assert "objective 'sold': shop has no kpi 'order_plcd'; did you mean 'order_placed'?" in line


def test_an_objective_whose_alerts_can_never_fire_is_named(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    slo = '[[slo]]\nname = "bought"\napp = "shop"\nindicator = "kpi:bought"\nobjective = 0.9\n'
    file = write(APP + slo)
    assert main(["validate", "-c", str(file)]) == 0
    [line] = [line for line in said(file, capsys) if "can never fire" in line]
    assert line.startswith("leadline.toml:")
    assert "at most 10x, so its alerts at 14.4x can never fire; raise the objective above 0.9306" in line


def test_an_objective_over_a_journey_that_is_not_there_is_an_error(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    slo = '[[slo]]\nname = "bought"\napp = "shop"\nindicator = "journey:by"\nobjective = 0.999\n'
    file = write(APP + JOURNEYS + slo, shop=GOOD)
    assert main(["validate", "-c", str(file)]) == 2
    assert any("no journey is named 'by'; did you mean 'buy'?" in line for line in said(file, capsys))


def test_a_base_url_with_a_path_says_what_slash_opens(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(APP.replace(":9", ":9/shop") + JOURNEYS, one=GOOD)
    assert main(["validate", "-c", str(file)]) == 0
    [line] = [line for line in said(file, capsys) if "base_url has a path" in line]
    assert 'goto("/") opens http://127.0.0.1:9/, goto("cart") opens http://127.0.0.1:9/cart' in line
    assert "end base_url with a slash for http://127.0.0.1:9/shop/cart" in line


def test_a_limit_of_runs_that_the_schedule_exceeds_is_named(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(APP + JOURNEYS + "max_runs_per_hour = 60\n" + CHECK + "max_runs_per_hour = 100\n", one=GOOD)
    assert main(["validate", "-c", str(file)]) == 0
    journey, check = [line for line in said(file, capsys) if "times an hour" in line]
    assert journey.startswith("leadline.toml:13:")
    assert "journey 'buy' is due 60 times an hour, which leaves no room to confirm a failure; write 61" in journey
    assert "check 'api' is due 120 times an hour, so 20 of them will be skipped" in check
