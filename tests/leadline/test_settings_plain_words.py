"""A value of the wrong type is named with what to write, never with a name of Python's or the value itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.errors import ConfigurationError
from leadline.settings.toml_file import load_settings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('home = "h"', "1:1: home: a table is needed here; write [home], and its keys on the lines below"),
        ('[app]\nname = "a"', "1:2: app: write [[app]], in two brackets, once for each"),
        ('app = ["a"]', "1:8: app: a table is needed here; write [[app]], and its keys on the lines below"),
        ('[web]\ntokens = ["a"]', "2:1: web.tokens: a table is needed here; write [web.tokens], and its keys on the"),
        ('[[app]]\nname = "a"\nkpis = "sold"', '3:1: app.kpis: a list is needed, even for one value: ["…"]'),
        ("[collector]\nlisten = 8080", '2:1: collector.listen: a text is needed, in quotes: "…"'),
        ('[[app]]\nname = "a"\n[[check]]\nname = "c"\napp = "a"\nurl = "http://a.test"\nconfirm = 1.5',
         "7:1: check.confirm: a whole number is needed, without quotes"),
        ('[[app]]\nname = "a"\n[[check]]\nname = "c"\napp = "a"\nurl = "http://a.test"\nseverity = "bad"',
         '7:1: check.severity: write "critical" or "warning"'),
        ('[[app]]\nname = "a"\nsample = "half"', "3:1: app.sample: a number is needed, without quotes"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_type_is_told_what_to_write(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "leadline.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        load_settings(file)
    assert f"leadline.toml:{said}" in str(raised.value)


def test_a_secret_of_the_wrong_type_is_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "leadline.toml"
    file.write_text('[[app]]\nname = "a"\nkeys = "${SHOP_KEY}"')
    with pytest.raises(ConfigurationError) as raised:
        load_settings(file, environ={"SHOP_KEY": "pk_hidden_hidden"})
    assert "app.keys: a list is needed" in str(raised.value)
    assert "pk_hidden" not in str(raised.value)
