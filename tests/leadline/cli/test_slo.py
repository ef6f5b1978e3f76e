"""`leadline slo`: objectives to OpenSLO and back; what can't be measured here is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from leadline.cli import main
from leadline.settings import load_settings

APP = '[[app]]\nname = "shop"\nbase_url = "http://127.0.0.1:9"\n'
SLOS = """[[slo]]
name = "fast_pages"
app = "shop"
indicator = "vital:lcp_ms<2500"
objective = 0.75
calendar = "month"
time_zone = "Europe/Berlin"

[[slo]]
name = "Errors"
app = "shop"
indicator = "errors"
objective = 0.995
window = "7d"
"""
FOREIGN = """apiVersion: openslo/v1
kind: SLO
metadata: {name: foo}
spec:
  service: shop
  budgetingMethod: Occurrences
  indicator:
    metadata: {name: foo-errors}
    spec: {ratioMetric: {counter: true, good: {metricSource: {type: Prometheus, spec: {query: up}}}}}
  objectives: [{target: 0.98}]
"""


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        (tmp_path / "leadline.toml").write_text(text)
        return tmp_path / "leadline.toml"

    return write


def call(*words: str | Path) -> int:
    return main([str(word) for word in words])


def test_what_was_exported_comes_back_as_it_was(
    file: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = file(APP + SLOS)
    before = load_settings(config).slos
    assert call("slo", "export", "-c", config) == 0
    (tmp_path / "objectives.yaml").write_text(capsys.readouterr().out)
    config = file("\ufeff" + APP)  # as some editors save it
    assert call("slo", "import", tmp_path / "objectives.yaml", "--write", "-c", config) == 0
    assert load_settings(config).slos == before


def test_an_exported_document_holds_both_windows_of_each_alert(
    file: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    call("slo", "export", "-c", file(APP + SLOS))
    _, week = yaml.safe_load_all(capsys.readouterr().out)
    assert (week["apiVersion"], week["kind"], week["metadata"]["name"]) == ("openslo/v1", "SLO", "errors")
    [condition] = week["spec"]["alertPolicies"][0]["spec"]["conditions"]
    assert condition["spec"]["condition"]["threshold"] == 14.4
    assert condition["spec"]["condition"]["lookbackWindow"] == "14m"  # an hour of 30 days is 14 minutes of 7
    assert condition["metadata"]["annotations"] == {"leadline/short-window": "1m"}


def test_a_metric_source_of_another_tool_is_named_and_nothing_is_taken(
    file: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "foreign.yaml").write_text(FOREIGN)
    config = file(APP)
    assert call("slo", "import", tmp_path / "foreign.yaml", "--write", "-c", config) == 2
    assert "SLO 'foo': its metric source is 'Prometheus', which Leadline can't read" in capsys.readouterr().err
    assert config.read_text() == APP


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("type: Prometheus, spec: {query: up}", "type: leadline, spec: {indicator: error}", "did you mean 'errors'?"),
        ("service: shop", "service: ''", "spec.service is missing"),
        ("budgetingMethod: Occurrences", "budgetingMethod: Timeslices", "write Occurrences"),
        ("openslo/v1", "openslo/v2alpha", "Leadline reads 'openslo/v1'"),
        ("kind: SLO", "kind: Service", "no document of kind SLO"),
        ("{name: foo}", "{name: foo", "not YAML"),
    ],
)
def test_each_fault_of_a_document_is_named(
    file: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    (tmp_path / "faulty.yaml").write_text(FOREIGN.replace(old, new))
    assert call("slo", "import", tmp_path / "faulty.yaml", "-c", file(APP)) == 2
    assert said in capsys.readouterr().err


def test_an_objective_of_an_unknown_app_is_not_written(
    file: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = FOREIGN.replace("type: Prometheus, spec: {query: up}", "type: leadline, spec: {indicator: errors}")
    (tmp_path / "objectives.yaml").write_text(text.replace("service: shop", "service: shopp"))
    config = file(APP)
    assert call("slo", "import", tmp_path / "objectives.yaml", "--write", "-c", config) == 2
    assert "did you mean 'shop'?" in capsys.readouterr().err
    assert config.read_text() == APP


def test_target_percent_is_a_ratio(
    file: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = FOREIGN.replace("type: Prometheus, spec: {query: up}", "type: leadline, spec: {indicator: errors}")
    (tmp_path / "objectives.yaml").write_text(text.replace("target: 0.98", "targetPercent: 99.95"))
    assert call("slo", "import", tmp_path / "objectives.yaml", "-c", file(APP)) == 0
    assert "objective = 0.9995\n" in capsys.readouterr().out
