"""Who gets which variant: rings, attributes, stable shares, and what a command set over them."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from leadline.flags import EvaluationFailed, Flag, FlagSet, FlagState, Override, Ring, Rule, bucket_of, in_force
from leadline.flags.definition import read_conditions

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
STAFF = Ring(name="staff", app="shop", when=read_conditions({"email_domain": "shop.example"}))


def flag(*rules: Rule, key: str = "new-checkout", **more: Any) -> Flag:
    told: dict[str, Any] = {"variants": {"on": True, "off": False}, "default": "off", "kill": "off"}
    return Flag(key=key, app="shop", rules=rules, **(told | more))


def variant(flags: FlagSet, key: str = "new-checkout", **context: Any) -> str:
    return flags.evaluate(key, context).variant


def test_a_share_gives_its_part_of_a_million_keys_within_two_tenths_of_a_point() -> None:
    flags = FlagSet([flag(Rule(variant="on", share=0.05))], [])
    reached = sum(variant(flags, targetingKey=f"user-{number}") == "on" for number in range(1_000_000))
    assert abs(reached / 1_000_000 - 0.05) < 0.002


@given(
    keys=some.lists(some.text(min_size=1), min_size=1, max_size=50),
    shares=some.tuples(some.floats(0, 1), some.floats(0, 1)),
)
def test_a_share_that_grows_moves_nobody_out(keys: list[str], shares: tuple[float, float]) -> None:
    narrow, wide = (FlagSet([flag(Rule(variant="on", share=share))], []) for share in sorted(shares))
    assert all(variant(wide, targetingKey=key) == "on" for key in keys if variant(narrow, targetingKey=key) == "on")


def test_a_ring_keeps_its_people_when_everybody_gets_a_share_too() -> None:
    before = FlagSet([flag(Rule(variant="on", ring="staff", share=0.5))], [STAFF])
    after = FlagSet([flag(Rule(variant="on", ring="staff", share=0.5), Rule(variant="on", share=0.1))], [STAFF])
    people = [{"targetingKey": f"u{number}", "email_domain": "shop.example"} for number in range(500)]
    assert [variant(after, **one) for one in people] == [variant(before, **one) for one in people]


def test_two_variants_with_shares_divide_everybody_between_them() -> None:
    flags = FlagSet(
        [flag(Rule(variant="a", share=0.5), Rule(variant="b", share=0.5), variants={"a": 1, "b": 2}, default="a")], []
    )
    found = [variant(flags, targetingKey=f"u{number}") for number in range(4000)]
    assert abs(found.count("a") / 4000 - 0.5) < 0.03
    assert found.count("a") + found.count("b") == 4000


def test_the_place_of_a_key_can_be_recomputed_by_anybody() -> None:
    digest = blake2b(b"new-checkout\0u1", digest_size=8).digest()
    assert bucket_of("new-checkout", "u1") == int.from_bytes(digest, "big") / 2**64


def test_flags_divide_the_same_people_differently() -> None:
    keys = [f"u{number}" for number in range(2000)]
    both = sum(bucket_of("one", key) < 0.5 and bucket_of("two", key) < 0.5 for key in keys)
    assert abs(both / 2000 - 0.25) < 0.05


def test_a_ring_goes_by_an_attribute_or_a_list_of_them() -> None:
    beta = Ring(name="beta", app="shop", when=read_conditions({"plan": ["pro", "team"], "company": {"size": 5}}))
    flags = FlagSet([flag(Rule(variant="on", ring="beta"))], [beta])
    assert variant(flags, plan="team", company={"size": 5.0}) == "on"
    assert variant(flags, plan="free", company={"size": 5}) == "off"
    assert variant(flags, plan="team") == "off"


def test_a_list_in_the_context_matches_with_any_of_its_elements() -> None:
    flags = FlagSet([flag(Rule(variant="on", when=read_conditions({"groups": "qa"})))], [])
    assert variant(flags, groups=["dev", "qa"]) == "on"
    assert variant(flags, groups=[]) == "off"


def test_a_ring_may_contain_another_ring() -> None:
    inner = Ring(name="inner", app="shop", when=read_conditions({"ring": ["staff", "friends"]}))
    friends = Ring(name="friends", app="shop", when=read_conditions({"is_friend": True}))
    flags = FlagSet([flag(Rule(variant="on", ring="inner"))], [inner, friends, STAFF])
    assert [variant(flags, is_friend=True), variant(flags, email_domain="shop.example"), variant(flags)] == [
        "on",
        "on",
        "off",
    ]


def test_a_rule_may_ask_what_another_flag_gives() -> None:
    base = flag(Rule(variant="on", when=read_conditions({"plan": "pro"})), key="base")
    above = flag(Rule(variant="on", when=read_conditions({"flag.base": "on"})), key="above")
    flags = FlagSet([base, above], [])
    assert (variant(flags, "above", plan="pro"), variant(flags, "above", plan="free")) == ("on", "off")


def test_a_circle_that_nobody_checked_ends_with_the_default() -> None:
    one = flag(Rule(variant="on", when=read_conditions({"flag.two": "on"})), key="one")
    two = flag(Rule(variant="on", when=read_conditions({"flag.one": "on"})), key="two")
    assert variant(FlagSet([one, two], []), "one") == "off"


def test_a_share_needs_a_targeting_key_and_a_ring_that_decided_before_does_not() -> None:
    flags = FlagSet([flag(Rule(variant="on", ring="staff"), Rule(variant="on", share=0.1))], [STAFF])
    assert variant(flags, email_domain="shop.example") == "on"
    with pytest.raises(EvaluationFailed) as failed:
        variant(flags)
    assert failed.value.code == "TARGETING_KEY_MISSING"


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        (Override(action="killed", variant="off", at=NOON, by="eve"), ("off", "DISABLED")),
        (Override(action="set", variant="on", at=NOON, by="eve"), ("on", "STATIC")),
        (
            Override(action="set", variant="on", at=NOON, by="eve", rules=(Rule(variant="on", ring="staff"),)),
            ("off", "DEFAULT"),
        ),
    ],
)
def test_what_a_command_set_outranks_the_rules(override: Override, expected: tuple[str, str]) -> None:
    state = FlagState(key="new-checkout", app="shop", changed_at=NOON, changed_by="eve", override=override)
    flags = in_force("shop", [flag(Rule(variant="on", share=1.0))], [STAFF], [state])
    found = flags.evaluate("new-checkout", {"targetingKey": "u1"})
    assert (found.variant, found.reason) == expected


def test_a_killed_flag_stays_killed_when_the_file_renames_its_variants() -> None:
    killed = Override(action="killed", variant="off", at=NOON, by="eve")
    state = FlagState(key="new-checkout", app="shop", changed_at=NOON, changed_by="eve", override=killed)
    renamed = flag(variants={"new": True, "old": False}, default="new", kill="old")
    assert variant(in_force("shop", [renamed], [], [state])) == "old"


def test_an_evaluation_says_in_words_which_rule_decided() -> None:
    flags = FlagSet([flag(Rule(variant="on", ring="staff"), Rule(variant="on", share=0.05))], [STAFF])
    assert "rule 1 matches: ring staff" in flags.evaluate("new-checkout", {"email_domain": "shop.example"}).because
    assert "outside every share" in flags.evaluate("new-checkout", {"targetingKey": "u2"}).because


def test_a_flag_of_another_app_is_unknown() -> None:
    with pytest.raises(EvaluationFailed, match="no flag has the key"):
        in_force("blog", [flag()], [], []).evaluate("new-checkout", {})
