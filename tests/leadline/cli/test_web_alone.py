"""Commands beside a real `leadline web` that has tokens: they wait for its start, and it knows who asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leadline.cli import main
from leadline.locks import is_held
from leadline.records import Records
from leadline.settings import load_settings

pytestmark = [pytest.mark.story, pytest.mark.timeout(240)]
TOKENS = (
    '[web.tokens.grace]\ntoken = "grace-0123456789ab"\nrole = "operator"\n'
    '[web.tokens.eve]\ntoken = "eve-0123456789abcd"\n'
)


@pytest.fixture
def file(
    leadline: Callable[..., Any],
    write_settings: Callable[..., Path],
    until: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The configuration of a home on which web is starting."""
    monkeypatch.delenv("LEADLINE_TOKEN", raising=False)
    file = write_settings('[[app]]\nname = "shop"\n' + TOKENS)
    leadline("web", "-c", str(file))
    until(lambda: is_held(file.parent / ".leadline/run/web.lock"), within_s=60)
    return file


def test_a_command_waits_for_a_service_that_is_starting(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    while (code := main(["sql", "SELECT 1 AS a", "-c", str(file), "--format", "json"])) == 3:
        capsys.readouterr()  # its store process may need longer than the service itself
    assert code == 0
    assert json.loads(capsys.readouterr().out) == [{"a": 1}]


def test_web_knows_who_acts_by_the_token(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadline.cli.asking.ledger.PATIENCE_S", 60.0)
    mark = ["deploy", "mark", "--app", "shop", "-c", str(file), "--version"]
    assert main([*mark, "1"]) == 0  # the strongest token of the file that this person can read
    monkeypatch.setenv("LEADLINE_TOKEN", "eve-0123456789abcd")
    assert main([*mark, "2"]) == 2
    assert "needs the role operator" in capsys.readouterr().err
    monkeypatch.setenv("LEADLINE_TOKEN", "nonsense-0123456789")
    assert main([*mark, "3"]) == 2
    assert main(["ack", "nonsense", "-c", str(file)]) == 2
    monkeypatch.setenv("LEADLINE_TOKEN", "grace-0123456789ab")
    assert main(["ack", "nonsense", "-c", str(file)]) == 2
    assert "no incident with ID 'nonsense'" in capsys.readouterr().err
    assert main(["silence", "add", "--for", "1h", "--reason", "moving", "-c", str(file)]) == 0
    records = Records.open(load_settings(file).paths.records)
    assert [(one.service_version, one.marked_by) for one in records.deployments()] == [("1", "grace")]
    records.close()


def test_a_second_web_on_one_home_says_who_holds_it(file: Path, leadline: Callable[..., Any]) -> None:
    second = leadline("web", "-c", str(file))
    assert second.ends(within_s=60) == 2
    assert f"leadline web already runs on {file.parent}/.leadline: pid " in second.said
