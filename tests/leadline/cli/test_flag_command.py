"""`leadline flag`: who gets what, the kill, and why; with no service running."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leadline.cli import main

FLAGS = """
[[app]]
name = "shop"
[[ring]]
name = "staff"
app = "shop"
when = { email_domain = "shop.example" }
[[flag]]
key = "new-checkout"
app = "shop"
variants = { on = true, off = false }
default = "off"
kill = "off"
rules = [{ ring = "staff", variant = "on" }, { share = 0.0, variant = "on" }]
"""
Run = Callable[..., int]


@pytest.fixture
def run(write_settings: Callable[..., Path]) -> Run:
    file = write_settings(FLAGS)
    return lambda *words: main([*words, "-c", str(file)])


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_the_list_is_of_flat_objects(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("flag", "list", "--format", "json") == 0
    [row] = rows(capsys)
    assert (row["key"], row["state"]) == ("new-checkout", "configured")
    assert row["reach"] == "ring staff and 0 % of users: 'on'; the others: 'off'"


def test_a_kill_and_its_restore(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("flag", "kill", "new-checkout", "--reason", "orders get lost") == 0
    assert capsys.readouterr().out == "new-checkout (killed): everybody gets 'off'\n"
    run("flag", "list", "--format", "json")
    assert [(row["state"], row["reason"]) for row in rows(capsys)] == [("killed", "orders get lost")]
    assert run("flag", "restore", "new-checkout") == 0
    capsys.readouterr()
    run("flag", "list", "--format", "json")
    assert rows(capsys)[0]["state"] == "configured"


def test_a_kill_of_a_flag_that_is_not_there_is_exit_2(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("flag", "kill", "new-chekout") == 2
    assert "did you mean 'new-checkout'?" in capsys.readouterr().err


def test_why_names_the_rule_that_decided(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    context = ("--context", "targetingKey=u1", "--context", "email_domain=shop.example")
    assert run("flag", "why", "new-checkout", *context, "--format", "json") == 0
    [row] = rows(capsys)
    assert (row["value"], row["variant"], row["reason"]) == (True, "on", "TARGETING_MATCH")
    assert row["because"] == "rule 1 matches: ring staff gets 'on'"


def test_why_says_what_the_context_lacks(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("flag", "why", "new-checkout") == 2
    assert "TARGETING_KEY_MISSING" in capsys.readouterr().err


def test_set_reaches_everybody_a_share_or_a_ring(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("flag", "set", "new-checkout", "on") == 0
    assert run("flag", "set", "new-checkout", "--share", "0.2", "--ring", "staff") == 0
    assert capsys.readouterr().out.splitlines() == [
        "new-checkout (set): everybody gets 'on'",
        "new-checkout (set): ring staff and 20 % of users: 'on'; the others: 'off'",
    ]


def test_a_flag_is_made_by_command(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    variants = '{"on": true, "off": false}'
    assert run("flag", "set", "banner", "--app", "shop", "--variants", variants, "--default", "off") == 0
    assert run("flag", "set", "banner", "on") == 0
    assert run("flag", "why", "banner", "--format", "json") == 0
    assert '"variant": "on"' in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("--variants", "{", "--app", "shop", "--default", "off"),
        ("--variants", '{"on": 1}', "--app", "shop"),
        ("--variants", '{"on": 1}', "--app", "nobody", "--default", "on"),
        ("--app", "shop"),
    ],
)
def test_a_flag_that_is_not_whole_is_not_made(run: Run, words: tuple[str, ...]) -> None:
    assert run("flag", "set", "banner", *words) == 2
