"""Four days of a shop through the front door: `leadline verdict` as a person types it, and its exit code.

Errors are flat and conversion falls: rollback. A healthy day, looked at every minute: never. Another mix of devices:
no rollback. The canary's beacons stop: no data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from filled_homes import standing_store
from judgement.traffic import Day, write_folder

from leadline.cli import main
from leadline.clock import new_id
from leadline.settings import load_settings
from leadline.storeclient.bundles import keep_bundle

pytestmark = pytest.mark.story

SETTINGS = """
[web]
listen = "127.0.0.1:0"
[collector]
listen = "127.0.0.1:0"
[[app]]
name = "shop"
kpis = ["checkout_completed"]
"""
MIDNIGHT = "2026-11-21T00:00:00Z"


@dataclass
class Answer:
    code: int
    rows: list[dict[str, Any]]
    error: str

    @property
    def row(self) -> dict[str, Any]:
        return self.rows[-1]


Ask = Callable[..., Answer]


def home(folder: Path, settings: str = SETTINGS) -> Path:
    """A home without any traffic."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "leadline.toml"
    file.write_text(settings)
    return file


def import_day(file: Path, day: Day, seed: int) -> None:
    assert main(["import", str(write_folder(day, seed, file.parent / "day")), "-c", str(file)]) == 0


@contextmanager
def standing_home(folder: Path, day: Day, seed: int, settings: str = SETTINGS) -> Iterator[Path]:
    """A home into which the day was imported, and whose store service runs."""
    file = home(folder, settings)
    with standing_store(file):
        import_day(file, day, seed)
        yield file


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    def run(file: Path, *words: str) -> Answer:
        capsys.readouterr()  # what the import printed
        code = main(["verdict", "--app", "shop", "-c", str(file), "--format", "json", *words])
        said = capsys.readouterr()
        return Answer(code, json.loads(said.out) if said.out else [], said.err)

    return run


@pytest.fixture(scope="module")
def sells_less(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    day = Day(sessions=60_000, conversion=0.6, mobile_conversion=0.8, canary_conversion=0.92)
    with standing_home(tmp_path_factory.mktemp("sells-less"), day, seed=1) as file:
        yield file


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with standing_home(tmp_path_factory.mktemp("healthy"), Day(sessions=30_000), seed=2) as file:
        yield file


def test_errors_flat_and_conversion_down_is_a_rollback(sells_less: Path, ask: Ask) -> None:
    answer = ask(sells_less, "--until", MIDNIGHT, "--explain")
    assert (answer.code, answer.row["verdict"]) == (10, "rollback")
    assert (answer.row["service_version"], answer.row["baseline_version"]) == ("1.5.0", "1.4.2")
    assert answer.row["sentence"].startswith("Roll back 1.5.0: it sells less than 1.4.2. checkout_completed ")
    states = {metric["name"]: metric["state"] for metric in json.loads(answer.row["metrics"])}
    assert (states["kpi:checkout_completed"], states["errors"] in {"fine", "unclear"}) == ("worse", True)


def test_a_metric_is_shown_by_segment_with_its_bounds(sells_less: Path, ask: Ask) -> None:
    answer = ask(sells_less, "--until", MIDNIGHT, "--by", "device", "--metric", "checkout_completed")
    assert answer.code == 10
    rows = {row["segment"]: row for row in answer.rows}
    for row in (rows["desktop"], rows["mobile"]):
        assert (row["metric"], row["by"], row["warning"]) == ("kpi:checkout_completed", "device_type", None)
        assert row["low"] < row["difference"] < row["high"] < 0
        assert row["is_apart"]
    assert sum(row["canary_sessions"] + row["baseline_sessions"] for row in rows.values()) > 50_000


def test_where_no_networks_are_known_the_verdict_says_so_and_nothing_acts(sells_less: Path, ask: Ask) -> None:
    answer = ask(sells_less, "--until", MIDNIGHT)
    assert "networks_unknown: " in answer.row["reasons"]
    assert answer.row["may_act"] is False


def test_a_healthy_day_looked_at_every_minute_is_never_rolled_back(healthy: Path, ask: Ask) -> None:
    answer = ask(healthy, "--until", MIDNIGHT, "--every", "1m")
    assert len(answer.rows) == 1440
    assert "rollback" not in {row["verdict"] for row in answer.rows}
    assert answer.code in {0, 11, 12}
    assert answer.rows[-1]["decided_at"] == MIDNIGHT


def test_the_verdict_of_a_minute_is_that_of_judging_as_of_then(healthy: Path, ask: Ask) -> None:
    noon = "2026-11-20T12:00:00Z"
    listed = {row["decided_at"]: row for row in ask(healthy, "--until", MIDNIGHT, "--every", "1m").rows}
    assert ask(healthy, "--until", noon).row == listed[noon]


def test_a_single_look_and_a_time_before_the_kept_rows_are_said(
    healthy: Path, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    long_ago = ("--since", "2026-01-01", "--until", "2026-11-20T06:00:00Z")
    reasons = ask(healthy, *long_ago).row["reasons"]
    assert "single_look: " in reasons
    assert "older_than_kept: rows from before " in reasons
    assert main(["verdict", "--app", "shop", "-c", str(healthy), *long_ago]) == 11
    said = capsys.readouterr().out
    assert "\nNote: --since makes this a single look" in said
    assert "\nNote: rows from before " in said


def test_the_table_of_an_explanation_is_in_percent_and_seconds(
    sells_less: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verdict", "--app", "shop", "-c", str(sells_less), "--until", MIDNIGHT, "--explain"]) == 10
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert re.search(r" \d\d\.\d % +\d\d\.\d % +−\d\.\d % +−\d+\.\d % ", rows["kpi:checkout_completed"])
    assert re.search(r" \d\.\d\d s +\d\.\d\d s ", rows["vital:lcp_ms"])


def test_another_mix_of_devices_is_no_rollback(tmp_path: Path, ask: Ask) -> None:
    with standing_home(tmp_path, Day(sessions=40_000, mobile=0.4, canary_mobile=0.7), seed=3) as file:
        answer = ask(file, "--until", MIDNIGHT, "--explain")
        row = ask(file, "--until", MIDNIGHT, "--by", "device_type", "--metric", "kpi:checkout_completed").row
    assert answer.row["verdict"] != "rollback"
    [conversion] = [m for m in json.loads(answer.row["metrics"]) if m["name"] == "kpi:checkout_completed"]
    assert conversion["pooled_difference_ratio"] < -0.08
    assert abs(conversion["difference_ratio"]) < 0.04
    assert (row["totals"], row["like_with_like"]) == pytest.approx((conversion["pooled_difference_ratio"], 0), abs=0.04)


def test_a_canary_whose_beacons_stop_is_no_data(tmp_path: Path, ask: Ask) -> None:
    with standing_home(tmp_path, Day(sessions=15_000, silent_after_s=40_000), seed=4) as file:
        answer = ask(file, "--until", MIDNIGHT)
    assert (answer.code, answer.row["verdict"]) == (11, "no_data")
    assert "canary_missing: the canary's beacons are missing" in answer.row["reasons"]


def test_a_bundle_is_judged_again_without_the_home(
    sells_less: Path, ask: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "evidence.json"
    first = ask(sells_less, "--until", MIDNIGHT, "--bundle", str(bundle))
    monkeypatch.chdir(tmp_path)
    assert main(["verdict", "--recompute", str(bundle), "--format", "json"]) == 10
    assert json.loads(capsys.readouterr().out) == first.rows
    bundle.write_text(bundle.read_text().replace('"verdict": "rollback"', '"verdict": "promote"'))
    assert main(["verdict", "--recompute", str(bundle)]) == 1
    assert "do not follow from its blocks: verdict" in capsys.readouterr().err


def test_the_kept_evidence_of_a_recorded_verdict_is_judged_again_by_its_id(
    sells_less: Path, ask: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, verdict_id = tmp_path / "evidence.json", new_id()
    first = ask(sells_less, "--until", MIDNIGHT, "--bundle", str(bundle))
    words = ["verdict", "--recompute", verdict_id, "-c", str(sells_less), "--format", "json"]
    assert main(words) == 2
    assert f"no evidence is kept of a verdict {verdict_id}" in capsys.readouterr().err
    evidence = load_settings(sells_less).paths.evidence
    kept = keep_bundle(evidence, verdict_id, bundle.read_text(), decided_at=datetime(2026, 11, 21, tzinfo=UTC))
    assert main(words) == 10
    assert json.loads(capsys.readouterr().out) == first.rows
    kept.write_bytes(kept.read_bytes()[:1000])
    assert main(words) == 2
    assert "can't be unpacked" in capsys.readouterr().err


def test_a_version_that_was_never_there_is_named_and_holds(healthy: Path, ask: Ask) -> None:
    answer = ask(healthy, "--until", MIDNIGHT, "--baseline", "1.4.2", "--canary", "9.9.9")
    assert (answer.code, answer.row["verdict"]) == (11, "no_data")
    assert "no session of 9.9.9 has arrived" in answer.row["reasons"]
    answer = ask(healthy, "--until", MIDNIGHT, "--baseline", "0.1", "--canary", "1.5.0")
    assert (answer.code, "there is no baseline" in answer.row["reasons"]) == (11, True)
    answer = ask(healthy, "--until", MIDNIGHT, "--baseline", "cohort:stable", "--canary", "cohort:canary")
    assert answer.code == 11


def test_a_single_look_says_that_it_is_one(healthy: Path, ask: Ask) -> None:
    answer = ask(healthy, "--since", "2026-11-20T10:00:00Z", "--until", "2026-11-20T14:00:00Z")
    assert "single_look: " in answer.row["reasons"]
    assert answer.row["since_at"] == "2026-11-20T10:00:00Z"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--baseline", "1.5.0", "--canary", "1.5.0"], "baseline and canary are both '1.5.0'"),
        (["--since", "yesterday"], "--since: 'yesterday' is not a time"),
        (["--since", "2026-11-21", "--until", "2026-11-20"], "is not before --until"),
        (["--every", "30s"], "whole minutes"),
        (["--every", "soon"], "--every: "),
        (["--by", "moon"], "--by: unknown segment 'moon'"),
        (["--by", "route", "--metric", "lpc"], "--metric: the gate has no metric 'lpc'"),
        (["--metric", "errors"], "--metric goes with --by"),
        (["--by", "route", "--every", "1m"], "--by compares at one time"),
        (["--recompute", "x.json"], "--recompute takes everything from the bundle"),
    ],
)
def test_what_can_not_be_meant_is_refused_by_name(words: list[str], said: str, healthy: Path, ask: Ask) -> None:
    answer = ask(healthy, *words)
    assert answer.code == 2
    assert said in answer.error


def test_an_app_without_two_versions_has_nothing_to_compare(tmp_path: Path, ask: Ask) -> None:
    answer = ask(home(tmp_path))
    assert answer.code == 2
    assert "fewer than two versions of shop are known" in answer.error


def test_a_kpi_that_nobody_ever_had_is_named_and_never_a_pass(tmp_path: Path, ask: Ask) -> None:
    settings = SETTINGS.replace('"checkout_completed"', '"sold"')
    with standing_home(tmp_path, Day(sessions=6_000), seed=5, settings=settings) as file:
        answer = ask(file, "--until", MIDNIGHT)
    assert answer.code == 11
    assert "metric_no_data: never seen: sold" in answer.row["reasons"]


def test_a_file_that_is_no_bundle_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.json").write_text("{}")
    assert main(["verdict", "--recompute", str(tmp_path / "x.json")]) == 2
    assert "not an evidence bundle" in capsys.readouterr().err
    assert main(["verdict", "--recompute", str(tmp_path / "missing.json")]) == 2


def plan_rows(file: Path, capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    times = ("--since", "2026-11-20", "--until", MIDNIGHT)
    assert main(["plan", "--app", "shop", "-c", str(file), "--format", "json", *times, *words]) == 0
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return rows


def test_a_plan_says_what_shows_by_when_and_a_larger_share_shows_it_sooner(
    healthy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = {row["metric"]: row for row in plan_rows(healthy, capsys)}
    conversion = rows["kpi:checkout_completed"]
    assert conversion["baseline_ratio"] == pytest.approx(0.22, abs=0.03)
    assert conversion["effect_ratio"] == pytest.approx(-0.077, abs=0.001)
    assert conversion["minutes"] > 1440
    assert conversion["smallest_ratio"] < conversion["effect_ratio"]
    half = {row["metric"]: row for row in plan_rows(healthy, capsys, "--share", "0.5")}
    assert half["kpi:checkout_completed"]["minutes"] < conversion["minutes"]
    assert half["vital:lcp_ms"]["minutes"] < 1440


def test_splits_of_the_same_traffic_are_hardly_ever_cried_over(
    healthy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [row] = plan_rows(healthy, capsys, "--aa", "--share", "0.5")
    assert row["splits"] == 20
    # At alpha 0.01, two or more of twenty have odds of 2 in 100; the splits are seeded.
    assert row["rolled_back"] <= 1


def test_an_app_without_traffic_has_nothing_to_plan_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "-c", str(home(tmp_path))]) == 2
    assert "nothing to plan with" in capsys.readouterr().err
