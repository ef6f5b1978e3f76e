"""A change of a flag: committed, published, in the history and in the audit; whatever dies in between."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadline.errors import ConfigurationError, StorageUnavailable
from leadline.flags import Flag, Ring, Rule
from leadline.flags.definition import read_conditions
from leadline.guard.flag_desk import FlagDesk
from leadline.guard.flag_file import publish_flags, read_published
from leadline.records import Records

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
CHECKOUT = Flag(
    key="new-checkout",
    app="shop",
    variants={"on": True, "off": False},
    default="off",
    kill="off",
    rules=(Rule(variant="on", share=0.05),),
)
STAFF = Ring(name="staff", app="shop", when=read_conditions({"email_domain": "shop.example"}))


@pytest.fixture
def desk(records: Records, tmp_path: Path) -> FlagDesk:
    return make_desk(records, tmp_path)


def make_desk(records: Records, home: Path, *flags: Flag) -> FlagDesk:
    return FlagDesk(records, home=home, flags=flags or [CHECKOUT], rings=[STAFF], environments={"shop": "production"})


def served(desk: FlagDesk, **context: str) -> str:
    return desk.flag_set("shop").evaluate("new-checkout", context).variant


def test_a_kill_is_recorded_published_and_audited(desk: FlagDesk, records: Records, tmp_path: Path) -> None:
    row = desk.kill("new-checkout", by="eve", reason="orders get lost", at=NOON)
    assert (row["state"], row["reach"]) == ("killed", "everybody gets 'off'")
    published = read_published(tmp_path)
    assert published is not None
    assert [(state.key, state.override.action) for state in published if state.override] == [("new-checkout", "killed")]
    [change] = records.flag_changes()
    assert (change.action, change.changed_by, change.reason) == ("killed", "eve", "orders get lost")
    with sqlite3.connect(tmp_path / "records.sqlite") as raw:
        assert raw.execute("SELECT action, by, noun FROM audit").fetchall() == [
            ("flag killed", "eve", "flag new-checkout")
        ]


def test_killing_twice_keeps_who_was_first(desk: FlagDesk, records: Records) -> None:
    desk.kill("new-checkout", by="eve", reason="", at=NOON)
    assert desk.kill("new-checkout", by="bob", reason="", at=NOON)["changed_by"] == "eve"
    assert len(records.flag_changes()) == 1


def test_a_kill_of_a_flag_that_is_not_there_names_the_nearest(desk: FlagDesk) -> None:
    with pytest.raises(ConfigurationError, match="no flag has the key 'new-chekout'") as refused:
        desk.kill("new-chekout", by="eve", reason="", at=NOON)
    assert refused.value.hint == "did you mean 'new-checkout'?"


def test_a_killed_flag_is_not_set_before_it_is_restored(desk: FlagDesk) -> None:
    desk.kill("new-checkout", by="eve", reason="", at=NOON)
    with pytest.raises(ConfigurationError, match="is killed, by eve"):
        desk.set("new-checkout", variant="on", by="bob", reason="", at=NOON)
    desk.restore("new-checkout", by="bob", reason="", at=NOON)
    assert desk.set("new-checkout", variant="on", by="bob", reason="", at=NOON)["reach"] == "everybody gets 'on'"


def test_what_is_set_outranks_the_file_until_it_is_restored(records: Records, tmp_path: Path) -> None:
    make_desk(records, tmp_path).set("new-checkout", variant="on", by="eve", reason="", at=NOON)
    edited = Flag(key="new-checkout", app="shop", variants={"on": True, "off": False}, default="off", kill="off")
    desk = make_desk(records, tmp_path, edited)
    assert served(desk, targetingKey="u1") == "on"
    desk.restore("new-checkout", by="eve", reason="", at=NOON)
    assert served(desk, targetingKey="u1") == "off"


def test_a_share_and_rings_can_be_set_and_the_others_get_the_default(desk: FlagDesk) -> None:
    row = desk.set("new-checkout", variant=None, share=0.0, rings=["staff"], by="eve", reason="", at=NOON)
    assert row["reach"] == "ring staff and 0 % of users: 'on'; the others: 'off'"
    assert (served(desk, targetingKey="u1"), served(desk, email_domain="shop.example")) == ("off", "on")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"variant": "onn"}, "has no variant named 'onn'"),
        ({"variant": "on", "rings": ["staf"]}, "has no ring named 'staf'"),
        ({"variant": "on", "share": 1.5}, "share 1.5 is not between 0 and 1"),
    ],
)
def test_what_can_t_be_set_is_refused(desk: FlagDesk, said: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        desk.set("new-checkout", **({"by": "eve", "reason": "", "at": NOON} | said))  # type: ignore[arg-type]


def test_a_flag_can_be_made_without_the_file_and_is_checked_like_one_of_it(desk: FlagDesk) -> None:
    banner = Flag(key="banner", app="shop", variants={"on": 1, "off": 0}, default="off", kill="off")
    assert desk.define(banner, by="eve", reason="", at=NOON)["source"] == "command"
    assert [row["key"] for row in desk.rows()] == ["new-checkout", "banner"]
    wrong = Flag(key="other", app="shop", variants={"on": 1}, default="off", kill="on")
    with pytest.raises(ConfigurationError, match="no variant is named 'off'"):
        desk.define(wrong, by="eve", reason="", at=NOON)
    with pytest.raises(ConfigurationError, match=r"leadline\.toml has the flag"):
        desk.define(CHECKOUT, by="eve", reason="", at=NOON)


def test_a_publisher_that_died_after_its_commit_is_mended(desk: FlagDesk, records: Records, tmp_path: Path) -> None:
    desk.kill("new-checkout", by="eve", reason="", at=NOON)
    (tmp_path / "flags.json").unlink()
    assert desk.mend(NOON)
    published = read_published(tmp_path)
    assert published is not None
    assert published == tuple(records.flag_states())
    assert not desk.mend(NOON)


def test_nothing_is_published_where_nothing_was_ever_changed(desk: FlagDesk, tmp_path: Path) -> None:
    assert not desk.mend(NOON)
    assert not (tmp_path / "flags.json").exists()


def test_publishers_at_once_leave_the_newest_state(records: Records, tmp_path: Path) -> None:
    flags = [Flag(key=f"f{n}", app="shop", variants={"on": 1, "off": 0}, default="off", kill="off") for n in range(8)]
    desk = make_desk(records, tmp_path, *flags)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda flag: desk.kill(flag.key, by="eve", reason="", at=NOON), flags))
    assert read_published(tmp_path) == tuple(records.flag_states())


def test_a_disk_that_takes_nothing_is_said_and_the_change_stays_recorded(records: Records, tmp_path: Path) -> None:
    blocked = tmp_path / "home"
    blocked.write_text("a file where the home should be")
    with pytest.raises(StorageUnavailable, match="recorded and could not be published"):
        make_desk(records, blocked).kill("new-checkout", by="eve", reason="", at=NOON)
    assert [state.override is not None for state in records.flag_states()] == [True]


def test_what_the_file_has_is_noted_once_and_again_when_it_changes(records: Records, tmp_path: Path) -> None:
    desk = make_desk(records, tmp_path)
    assert (desk.note_configured(NOON), desk.note_configured(NOON)) == (1, 0)
    wider = Flag(key="new-checkout", app="shop", variants={"on": True, "off": False}, default="on", kill="off")
    assert make_desk(records, tmp_path, wider).note_configured(NOON) == 1
    assert [change.reach for change in records.flag_changes()] == [
        "everybody gets 'on'",
        "5 % of users: 'on'; the others: 'off'",
    ]


def test_an_edit_of_the_file_takes_no_kill_back(records: Records, tmp_path: Path) -> None:
    make_desk(records, tmp_path).kill("new-checkout", by="eve", reason="", at=NOON)
    wider = Flag(key="new-checkout", app="shop", variants={"on": True, "off": False}, default="on", kill="off")
    desk = make_desk(records, tmp_path, wider)
    desk.note_configured(NOON)
    assert served(desk, targetingKey="u1") == "off"


def test_half_a_write_is_never_seen(records: Records, tmp_path: Path) -> None:
    publish_flags(tmp_path, records.flag_states, now=NOON)
    (tmp_path / "flags.fresh").write_text("{")  # a publisher that was killed while it wrote
    assert read_published(tmp_path) == ()
