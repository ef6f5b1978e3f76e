"""`[[gate]]`: what can't be judged stops the start, with its line; the defaults are good enough to leave out."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.settings import GateSettings, SettingsInvalid, load_settings

APP = '[[app]]\nname = "shop"\nkpis = ["checkout_completed", "add_to_cart"]\n[[gate]]\napp = "shop"\n'
DESIGN = (
    APP
    + """randomised = false
alpha = 0.01
min_sessions = 500
bake = "60m"
max_bake = "24h"
metrics = [{ kpi = "checkout_completed", within = "30m", mde = 0.08, margin = 0.02, weight = 3 }, { vital = "lcp_ms" },
  { errors = true }, { requests = "/api/*" }, { journeys = true }]
segments = ["device_type", "browser_name"]
stages = [{ ring = "staff" }, { ring = "beta" }, { share = 0.01 }, { share = 0.1 }, { share = 0.5 }, { share = 1.0 }]
"""
)


def read(folder: Path, text: str) -> GateSettings:
    file = folder / "leadline.toml"
    file.write_text(text)
    return load_settings(file, environ={}).gate_of("shop")


def test_a_whole_gate_is_understood(tmp_path: Path) -> None:
    gate = read(tmp_path, DESIGN)
    assert [metric.weight for metric in gate.metrics] == [3, 1, 1, 1, 1]
    assert gate.metrics[0].within == 1800
    assert [stage.name for stage in gate.stages] == ["ring:staff", "ring:beta", "1 %", "10 %", "50 %", "100 %"]


def test_an_app_without_a_gate_has_the_defaults(tmp_path: Path) -> None:
    gate = read(tmp_path, '[[app]]\nname = "shop"\n')
    assert (gate.alpha, gate.min_sessions, gate.bake, gate.max_bake, gate.armed) == (0.01, 500, 3600, 86400, False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('metrics = [{ kpi = "checkout_complete" }]', "did you mean 'checkout_completed'?"),
        ('metrics = [{ vital = "lcp" }]', "did you mean 'lcp_ms'?"),
        ("metrics = [{ erors = true }]", "unknown key 'erors'; did you mean 'errors'?"),
        ("metrics = [{ errors = true, weight = 0 }]", "gate.metrics.weight: input should be greater than 0"),
        ("metrics = [{ errors = true, weight = -1 }]", "gate.metrics.weight: input should be greater than 0"),
        ("metrics = [{ errors = true, weight = nan }]", "gate.metrics.weight"),
        ('metrics = [{ errors = true, vital = "lcp_ms" }]', "has vital and errors"),
        ("metrics = [{ weight = 2 }]", "this one has none"),
        ("metrics = [{ errors = true }, { errors = true }]", "duplicate metric"),
        ('metrics = [{ kpi = "add_to_cart", within = "31d" }]', "within is longer than max_bake"),
        ('max_bake = "60d"', "max_bake is longer than raw rows are kept (30 days)"),
        ('max_bake = "8d"\n[retention]\nraw = "7d"', "max_bake is longer than raw rows are kept (7 days)"),
        ('bake = "48h"', "max_bake must not be shorter than bake"),
        ('canary = "cohort:canry"', "unknown cohort 'canry'; did you mean 'canary'?"),
        ('baseline = "1.4.2"\ncanary = "1.4.2"', "baseline and canary are both '1.4.2'"),
        ('segments = ["device"]', "did you mean 'device_type'?"),
        ("stages = [{ share = 0.1 }, { share = 0.05 }]", "the shares of the stages must grow"),
        ("stages = [{ share = 0 }]", "gate.stages.share"),
        ('stages = [{ ring = "staff", share = 0.1 }]', "a stage is either a ring or a share"),
        ("alpha = 0", "gate.alpha"),
        ('[[gate]]\napp = "shop"', "'shop' occurs twice"),
        ('[[gate]]\napp = "shpo"', "did you mean 'shop'?"),
    ],
)
def test_what_can_not_be_judged_is_named_with_its_line(line: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read(tmp_path, APP + line + "\n")
    [problem, *_] = [one for one in caught.value.problems if said in one.message]
    assert problem.line >= 4
