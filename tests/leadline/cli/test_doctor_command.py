"""`leadline doctor --require N`: what a pipeline asks before it arms a gate, and what it is told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadline.cli import main
from leadline.model.readiness import AppEvidence, climb

SETTINGS = '[[app]]\nname = "shop"\n'


def test_what_stands_above_the_reached_rung_is_refused_with_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    ladder = climb(AppEvidence(app="shop", monitors=1, last_judged_run_at=now), now=now)
    monkeypatch.setattr("leadline.cli.asking.doctor.examine_apps", lambda *_, **__: [(ladder, [])])
    file = tmp_path / "leadline.toml"
    file.write_text(SETTINGS)
    assert main(["doctor", "--require", "0", "-c", str(file)]) == 0
    assert capsys.readouterr().err == ""
    assert main(["doctor", "--require", "3", "--format", "json", "-c", str(file)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("app 'shop' is not at L3: version on 99 % of page views (no page views")
    assert "Next: leadline snippet --app shop" in said.err
