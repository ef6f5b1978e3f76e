"""`leadline release` where a hook or a person sets the share: what is asked for, refused and taken back."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from leadline.cli import main
from leadline.clock import now
from leadline.incidents import NOBODY
from leadline.model import Move, Verdict
from leadline.records import Records
from leadline.settings import load_settings

Run = Callable[..., int]
GATE = """
[[app]]
name = "shop"
[[gate]]
app = "shop"
bake = "1ms"
stages = [{ ring = "staff" }, { share = 0.1 }, { share = 1.0 }]
"""
# Notes what it was asked for, and ends with what `mood` says.
PROGRAM = """
import json, os
from pathlib import Path
here = Path(__file__).parent
said = {name: value for name, value in os.environ.items() if name.startswith("LEADLINE_")}
with (here / "ran.jsonl").open("a") as out:
    out.write(json.dumps(said) + "\\n")
moods = (here / "moods").read_text().split() if (here / "moods").exists() else []
mood = moods.pop(0) if moods else "0"
(here / "moods").write_text(" ".join(moods))
raise SystemExit(int(mood))
"""


class Home:
    def __init__(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.file = file
        self.capsys = capsys
        self.records = Records.open(load_settings(file).paths.records)

    def run(self, *words: str) -> tuple[int, str]:
        self.capsys.readouterr()
        code = main(["release", *words, "-c", str(self.file)])
        said = self.capsys.readouterr()
        return code, said.out + said.err

    def mark(self, *versions: str) -> None:
        for version in versions:
            assert main(["deploy", "mark", "--app", "shop", "--version", version, "-c", str(self.file)]) == 0

    def status(self) -> dict[str, Any]:
        _, said = self.run("status", "--format", "json")
        row: dict[str, Any] = json.loads(said)[0]
        return row

    def newest(self) -> Move:
        return self.records.moves(app="shop", limit=1)[0]

    def see(self, said: str = "21 of 200 new sessions on 1.5.0 (10 %)") -> None:
        """As the scheduler's look keeps it."""
        self.records.write_move(replace(self.newest(), seen_at=now(), seen=said))

    def promote(self, canary: str = "1.5.0") -> None:
        at = now()
        verdict = Verdict(
            app="shop",
            canary=canary,
            baseline="1.4.2",
            verdict="promote",
            reasons=(),
            sentence=f"Promote {canary}.",
            decided_at=at,
            since=at - timedelta(hours=1),
        )
        self.records.commit_verdict(verdict, environment="production", routing=NOBODY, now=at)

    def runs(self) -> list[dict[str, str]]:
        noted = self.file.parent / "ran.jsonl"
        return [json.loads(line) for line in noted.read_text().splitlines()] if noted.exists() else []


Made = Callable[..., Home]


@pytest.fixture
def home(write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> Iterator[Made]:
    made: list[Home] = []

    def make(gate: str = GATE, hooks: str = "") -> Home:
        made.append(Home(write_settings(gate + hooks), capsys))
        return made[-1]

    yield make
    for one in made:
        one.records.close()


def by_hook(folder: Path, *, retries: int = 0) -> str:
    (folder / "expose.py").write_text(PROGRAM)
    keys = f'kind = "command"\ncommand = ["{sys.executable}", "expose.py"]\nretries = {retries}\n'
    return f'[[hook]]\nname = "expose"\n{keys}'


def test_by_hand_a_person_is_told_what_to_set_and_the_stage_waits_until_it_is_seen(home: Made) -> None:
    shop = home()
    shop.mark("1.4.2", "1.5.0")
    code, said = shop.run("start")
    assert code == 0
    assert "shop: stage 1 of 3, ring:staff" in said
    assert "Now you: give 1.5.0 to ring staff now" in said
    assert "Its bake time has not begun: ring:staff waits for one session on 1.5.0" in said
    row = shop.status()
    assert (row["state"], row["exposed_by"], row["seen_at"]) == ("waiting", "hand", None)
    assert row["to_do"] == "give 1.5.0 to ring staff now"
    shop.promote()
    assert shop.run("advance") == (1, "shop stays at ring:staff: ring:staff waits for one session on 1.5.0\n")
    shop.see("1 of 40 new sessions on 1.5.0 (2.5 %)")
    row = shop.status()
    assert (row["state"], row["to_do"], row["seen"]) == ("under_way", None, "1 of 40 new sessions on 1.5.0 (2.5 %)")
    code, said = shop.run("advance")
    assert code == 0
    assert "Now you: set 1.5.0 to 10 % now" in said
    assert "10 % waits for 10 % of new sessions on 1.5.0" in said


def test_a_stage_bakes_from_when_it_was_seen(home: Made) -> None:
    shop = home(GATE.replace("1ms", "60m"))
    shop.mark("1.4.2", "1.5.0")
    shop.run("start")
    shop.promote()
    shop.see()
    assert "ring:staff has baked for 0 of 60 minutes" in shop.run("advance")[1]


def test_a_verdict_on_another_version_opens_no_stage(home: Made) -> None:
    shop = home()
    shop.mark("1.4.2", "1.5.0")
    shop.run("start")
    shop.see()
    shop.promote("1.4.9")
    assert shop.run("advance") == (1, "shop stays at ring:staff: there is no verdict yet\n")


def test_two_releases_of_one_app_are_refused_until_the_first_is_over(home: Made) -> None:
    shop = home()
    shop.mark("1.4.2", "1.5.0")
    assert shop.run("start")[0] == 0
    code, said = shop.run("start")
    assert code == 2
    assert "a release of shop is under way: 1.5.0 is at ring:staff, asked for by" in said
    assert shop.run("abort", "--reason", "orders get lost")[0] == 1
    assert shop.status()["state"] == "aborted"
    assert shop.run("start")[0] == 0


def test_the_next_release_begins_after_the_last_stage_of_the_one_before(home: Made) -> None:
    shop = home('[[app]]\nname = "shop"\n[[gate]]\napp = "shop"\nstages = [{ share = 1.0 }]\n')
    shop.mark("1.4.2", "1.5.0")
    shop.run("start")
    assert shop.run("start")[0] == 2  # nobody has seen it yet
    shop.see()
    code, said = shop.run("start")
    assert (code, "1.5.0 is at 100 % already: there is nothing to release" in said) == (2, True)
    shop.mark("1.6.0")
    code, said = shop.run("start")
    assert (code, "Now you: set 1.6.0 to 100 % now" in said) == (0, True)
    assert shop.newest().release_id == shop.newest().move_id


def test_a_version_that_is_not_known_is_not_released(home: Made) -> None:
    shop = home()
    shop.mark("1.4.2", "1.5.0")
    code, said = shop.run("start", "--canary", "1.5.O")
    assert (code, "no version '1.5.O' of shop is registered" in said) == (2, True)
    assert shop.run("start", "--canary", "1.4.2")[0] == 0
    assert (shop.newest().canary, shop.newest().baseline) == ("1.4.2", "1.5.0")


def test_escape_codes_in_a_version_reach_no_terminal(home: Made) -> None:
    shop = home()
    shop.capsys.readouterr()
    shop.mark("1.4.2", "1.5.0\x1b[31m")
    said = shop.capsys.readouterr().out + "".join(shop.run("start")[1] for _ in range(2))
    assert "\x1b" not in said
    assert said.count("1.5.0\\x1b[31m") == 4


def test_a_version_that_is_both_arms_is_not_released(home: Made) -> None:
    shop = home(GATE + 'baseline = "1.5.0"\n')
    shop.mark("1.4.2", "1.5.0")
    code, said = shop.run("start", "--canary", "1.5.0")
    assert (code, "1.5.0 is canary and baseline: there is nothing to compare" in said) == (2, True)


def test_without_a_version_the_new_one_is_asked_for(home: Made) -> None:
    code, said = home().run("start")
    assert (code, "Now you: give the new version to ring staff now" in said) == (0, True)


def test_an_abort_by_hand_says_what_to_set_and_that_nothing_was_taken_back(home: Made) -> None:
    shop = home()
    shop.mark("1.4.2", "1.5.0")
    shop.run("start")
    code, said = shop.run("abort", "--reason", "orders get lost")
    assert code == 1
    assert "ended the release of shop: executed: it was at ring:staff" in said
    assert "asked a person: asked: set 1.5.0 to 0 % now: on_rollback is empty, so no hook takes it back" in said
    assert shop.newest().ended_reason == "orders get lost"
    assert shop.status()["to_do"] == "set 1.5.0 to 0 % now"
    code, said = shop.run("abort")
    assert (code, "nothing can be aborted: no release of shop is under way" in said) == (2, True)


def test_a_low_budget_halves_what_a_person_is_asked_for(home: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = SimpleNamespace(name="checkout", left_ratio=0.4, burns=[])
    monkeypatch.setattr("leadline.cli.asking.releases.ask_objectives", lambda settings, app: [answer])
    shop = home(GATE.replace('{ ring = "staff" }, ', ""))
    shop.mark("1.4.2", "1.5.0")
    assert "Now you: set 1.5.0 to 5 % now" in shop.run("start")[1]
    assert "stage share 10 % is above the cap of 5 %" in shop.newest().reason
    assert (shop.status()["stage"], shop.newest().share) == ("10 %", 0.05)


def test_a_hook_opens_each_stage_with_a_key_of_its_own(home: Made, tmp_path: Path) -> None:
    shop = home(GATE + 'exposure = "expose"\n', by_hook(tmp_path))
    shop.mark("1.4.2", "1.5.0")
    code, said = shop.run("start")
    assert (code, "Now you" in said) == (0, False)
    assert "ring:staff waits for one session on 1.5.0" in said
    shop.see()
    shop.promote()
    assert shop.run("advance")[0] == 0
    first, second = shop.runs()
    assert (first["LEADLINE_STAGE"], first["LEADLINE_SHARE"]) == ("ring:staff", "")
    assert (second["LEADLINE_STAGE"], second["LEADLINE_SHARE"]) == ("10 %", "0.1")
    assert (second["LEADLINE_CANARY"], second["LEADLINE_BASELINE"]) == ("1.5.0", "1.4.2")
    assert first["LEADLINE_IDEMPOTENCY_KEY"] != second["LEADLINE_IDEMPOTENCY_KEY"]
    assert [(one.hook, one.state, one.cause) for one in shop.records.actions(limit=2)] == [
        ("expose", "executed", "release"),
        ("expose", "executed", "release"),
    ]


def test_a_hook_that_fails_at_first_is_repeated_with_its_key(home: Made, tmp_path: Path) -> None:
    (tmp_path / "moods").write_text("1 1 0")
    shop = home(GATE + 'exposure = "expose"\n', by_hook(tmp_path, retries=3))
    assert shop.run("start")[0] == 0
    assert len({one["LEADLINE_IDEMPOTENCY_KEY"] for one in shop.runs()}) == 1
    assert [one.attempts for one in shop.records.actions()] == [3]


def test_a_hook_that_fails_for_good_is_said_and_asked_again_by_advance(home: Made, tmp_path: Path) -> None:
    (tmp_path / "moods").write_text("1")
    shop = home(GATE + 'exposure = "expose"\n', by_hook(tmp_path))
    code, said = shop.run("start")
    assert (code, "shop does not start: hook expose failed: not taken after 1 attempt" in said) == (1, True)
    assert shop.status()["state"] == "failed"
    assert shop.run("advance")[0] == 0
    row = shop.status()
    assert (row["state"], row["stage"]) == ("waiting", "ring:staff")
    first, second = shop.runs()
    assert first["LEADLINE_IDEMPOTENCY_KEY"] != second["LEADLINE_IDEMPOTENCY_KEY"]


def test_a_stage_is_not_the_rehearsal_of_a_rollback(home: Made, tmp_path: Path) -> None:
    shop = home(GATE + 'exposure = "expose"\non_rollback = ["expose"]\n', by_hook(tmp_path))
    shop.run("start")
    [action] = shop.records.actions()
    shop.records.write_move(replace(shop.newest(), seen_at=now()), replace(action, state="verified", verified_at=now()))
    assert "never rehearsed" in main_hook_list(shop)


def main_hook_list(shop: Home) -> str:
    shop.capsys.readouterr()
    main(["hook", "list", "-c", str(shop.file), "--format", "json"])
    return shop.capsys.readouterr().out


def test_with_a_flag_no_version_is_named(home: Made) -> None:
    flag = '[[flag]]\nkey = "new"\napp = "shop"\nvariants = { on = true, off = false }\ndefault = "off"\n'
    shop = home(
        '[[app]]\nname = "shop"\n' + flag + '[[gate]]\napp = "shop"\nexposure = "new"\nstages = [{ share = 1.0 }]\n'
    )
    code, said = shop.run("start", "--canary", "1.5.0")
    assert (code, "--canary has no effect: the flag new exposes shop" in said) == (2, True)
