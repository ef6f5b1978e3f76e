"""What every service does about a saved leadline.toml: what counts as a change, what is said once, what must wait."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from leadline.settings import Settings, load_settings
from leadline.settings.watch import Saved, SettingsWatch

SHOP = '[collector]\nlisten = "127.0.0.1:1"\n[[app]]\nname = "shop"\n'


@dataclass
class Told:
    lines: list[tuple[int, str]] = field(default_factory=list)

    def __call__(self, level: int, text: str) -> None:
        self.lines.append((level, text))

    def errors(self) -> list[str]:
        return [text for level, text in self.lines if level == logging.ERROR]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "leadline.toml").write_text(SHOP)
    return tmp_path / "leadline.toml"


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def watch(file: Path, told: Told) -> SettingsWatch:
    watching = SettingsWatch(load_settings(file), tell=told, tables=("home", "collector"))
    assert watching.look_now() is None
    return watching


def save(file: Path, text: str) -> None:
    fresh = file.with_suffix(".fresh")
    fresh.write_text(text)
    fresh.replace(file)  # another inode, whatever the clock of the file system can tell apart


def accept(watch: SettingsWatch) -> Saved:
    saved = watch.look_now()
    assert saved is not None
    watch.accept(saved)
    return saved


def test_what_was_saved_before_the_first_look_is_seen(file: Path, told: Told) -> None:
    late = SettingsWatch(load_settings(file), tell=told, tables=())
    save(file, SHOP + '[[app]]\nname = "second"\n')
    assert [app.name for app in accept(late).settings.apps] == ["shop", "second"]


def test_a_comment_changes_nothing(watch: SettingsWatch, file: Path, told: Told) -> None:
    save(file, SHOP + "# a comment\n")
    assert watch.look_now() is None
    assert told.lines == []


def test_a_broken_file_is_said_once_and_so_is_its_mending(watch: SettingsWatch, file: Path, told: Told) -> None:
    running = watch.settings
    for text in ("[colector]\n", "[colector]\n# again\n"):
        save(file, SHOP + text)
        assert watch.look_now() is None
    assert (len(told.errors()), watch.settings) == (1, running)
    assert "leadline.toml:5:2: unknown key 'colector'" in watch.problem
    save(file, SHOP)
    assert watch.look_now() is None
    assert watch.problem == ""
    assert told.lines[-1] == (logging.INFO, "the saved file has no errors any more")


def test_a_file_that_is_gone_is_a_broken_one(watch: SettingsWatch, file: Path) -> None:
    file.unlink()
    assert watch.look_now() is None
    assert "can't be read" in watch.problem


def test_a_key_that_needs_a_restart_keeps_its_value_and_is_named_once(
    watch: SettingsWatch, file: Path, told: Told
) -> None:
    changed = SHOP.replace("127.0.0.1:1", "127.0.0.1:2")
    save(file, changed)
    saved = accept(watch)
    assert saved.settings.collector.listen == "127.0.0.1:1"
    [notice] = watch.notices
    assert notice.endswith(
        "leadline.toml:2:1: collector.listen was changed while this runs: it takes effect at the next start"
    )
    save(file, changed + 'keys = ["pk_1"]\n')
    assert list(accept(watch).settings.apps[0].keys) == ["pk_1"]
    assert [text for _, text in told.lines].count(notice) == 1
    save(file, SHOP)
    accept(watch)
    assert watch.notices == ()


def test_a_service_names_only_the_keys_that_it_holds(file: Path, told: Told) -> None:
    other = SettingsWatch(load_settings(file), tell=told, tables=("home", "web"))
    save(file, SHOP.replace("127.0.0.1:1", "127.0.0.1:2"))
    assert accept(other).notices == ()


def test_what_the_service_refuses_is_offered_again_once_it_is_saved_again(
    watch: SettingsWatch, file: Path, told: Told
) -> None:
    save(file, SHOP + '[[app]]\nname = "second"\n')
    assert watch.look_now() is not None
    watch.refuse("no")
    assert (watch.problem, len(watch.settings.apps), len(told.errors())) == ("no", 1, 1)
    save(file, SHOP + '[[app]]\nname = "third"\n')
    assert accept(watch).settings.apps[1].name == "third"
    assert watch.problem == ""


async def test_files_beside_count_as_a_save(file: Path, told: Told) -> None:
    state = ["one"]

    def beside(settings: Settings) -> str:
        assert settings.file == file
        return state[0]

    watch = SettingsWatch(load_settings(file), tell=told, tables=(), beside=beside, known="one")
    assert await watch.look() is None
    state[0] = "two"
    saved = await watch.look()
    assert saved is not None
    assert saved.beside == "two"
    watch.accept(saved)
    assert await watch.look() is None
