"""`[[hook]]` and what names one: each mistake with its line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.settings import SettingsInvalid, load_settings

TEXT = """[[app]]
name = "shop"
[[hook]]
name = "argo"
kind = "argo"
rollout = "shop/checkout"
[[gate]]
app = "shop"
exposure = "argo"
on_rollback = ["argo"]
"""


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ('["argo"]', '["agro"]', "10: no hook is named 'agro'; did you mean 'argo'?"),
        ('exposure = "argo"', 'exposure = "argoo"', "9: no flag or hook is named 'argoo'; did you mean 'argo'?"),
        ('kind = "argo"', 'kind = "argoo"', "5: hook.kind: unknown kind of hook 'argoo'; did you mean 'argo'?"),
        ('rollout = "shop/checkout"\n', "", "4: hook: a hook of kind 'argo' needs rollout"),
        ('rollout = "shop/checkout"', 'rollout = "x"\napp = "shopp"', "7: no app is named 'shopp'"),
        ('kind = "argo"', 'kind = "flag"\nflag = "nobody-s"', "6: no flag is named 'nobody-s'"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, wrong: str, right: str, said: str) -> None:
    assert wrong in TEXT
    (tmp_path / "leadline.toml").write_text(TEXT.replace(wrong, right))
    with pytest.raises(SettingsInvalid) as invalid:
        load_settings(tmp_path / "leadline.toml")
    found = [f"{one.line}: {one.message}" for one in invalid.value.problems]
    assert any(one.startswith(said) for one in found), found


def test_a_hook_has_the_app_of_the_gate_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "leadline.toml").write_text(TEXT)
    assert load_settings(tmp_path / "leadline.toml").hook_specs()["argo"].app == "shop"
