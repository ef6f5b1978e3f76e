"""`[[flag]]` and `[[ring]]`: each mistake is named with its line and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.settings import SettingsInvalid, configured_flags, load_settings

HEAD = """[[app]]
name = "shop"
[[ring]]
name = "staff"
app = "shop"
when = { email_domain = "shop.example" }
"""
FLAG = """[[flag]]
key = "new-checkout"
app = "shop"
variants = { on = true, off = false }
default = "off"
kill = "off"
rules = [{ ring = "staff", variant = "on" }, { share = 0.05, variant = "on" }]
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "leadline.toml"
    file.write_text(text)
    with pytest.raises(SettingsInvalid) as invalid:
        load_settings(file)
    return [f"{one.line}: {one.message}" for one in invalid.value.problems]


def test_the_example_of_the_documentation_is_taken(tmp_path: Path) -> None:
    (tmp_path / "leadline.toml").write_text(HEAD + FLAG)
    [flag] = configured_flags(load_settings(tmp_path / "leadline.toml"))
    assert [(rule.ring, rule.share, rule.variant) for rule in flag.rules] == [("staff", None, "on"), (None, 0.05, "on")]


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ('ring = "staff"', 'ring = "staf"', "13: no ring of app 'shop' is named 'staf'; did you mean 'staff'?"),
        ('variant = "on" }]', 'variant = "onn" }]', "13: no variant is named 'onn'; did you mean 'on'?"),
        ('default = "off"', 'default = "of"', "11: no variant is named 'of'; did you mean 'off'?"),
        ('kill = "off"', 'kill = "0ff"', "12: no variant is named '0ff'; did you mean 'off'?"),
        ("share = 0.05", "share = 5", "13: flag.rules.share: input should be less than or equal to 1"),
        ('app = "shop"\nvariants', 'app = "shopp"\nvariants', "9: no app is named 'shopp'; did you mean 'shop'?"),
        (
            "off = false",
            'off = "no"',
            "10: the variants of 'new-checkout' have different types; clients expect one type",
        ),
        ("on = true, off = false", "on = 2026-11-27, off = 2026-11-28", "10: the variant 'on' is"),
        ('ring = "staff", variant = "on"', 'variant = "on"', "13: a rule needs a ring, when or share"),
        ("share = 0.05", "sahre = 0.05", "13: unknown key 'sahre'; did you mean 'share'?"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_remedy(tmp_path: Path, wrong: str, right: str, said: str) -> None:
    assert wrong in FLAG
    assert any(found.startswith(said) for found in problems(tmp_path, HEAD + FLAG.replace(wrong, right)))


def test_shares_that_add_up_to_more_than_everybody_are_refused(tmp_path: Path) -> None:
    rules = 'rules = [{ share = 0.7, variant = "on" }, { share = 0.4, variant = "off" }]'
    text = HEAD + FLAG.replace(FLAG.splitlines()[-1], rules)
    assert problems(tmp_path, text) == ["13: the shares of 'new-checkout' add up to 1.1; they must not be more than 1"]


def test_a_flag_that_depends_on_itself_is_refused_and_the_circle_is_shown(tmp_path: Path) -> None:
    one = FLAG.replace('{ share = 0.05, variant = "on" }', '{ when = { "flag.other" = "on" }, variant = "on" }')
    other = FLAG.replace('key = "new-checkout"', 'key = "other"').replace(
        '{ share = 0.05, variant = "on" }', '{ when = { flag = { new-checkout = "on" } }, variant = "on" }'
    )
    found = problems(tmp_path, HEAD + one + other)
    assert "the flag 'new-checkout' depends on itself: flag new-checkout → flag other → flag new-checkout" in found[0]


def test_rings_that_contain_one_another_are_refused(tmp_path: Path) -> None:
    rings = '[[ring]]\nname = "beta"\napp = "shop"\nwhen = { ring = "inner" }\n'
    rings += '[[ring]]\nname = "inner"\napp = "shop"\nwhen = { ring = "beta" }\n'
    assert "ring beta → ring inner → ring beta" in problems(tmp_path, HEAD + rings)[0]


def test_a_key_stands_once_over_all_apps(tmp_path: Path) -> None:
    assert "occurs twice; keys must be unique" in problems(tmp_path, HEAD + FLAG + FLAG)[0]
