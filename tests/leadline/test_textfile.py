"""What a person saved with whatever editor is read, or told how it was saved."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from leadline.journeys.secrets import MissingSecret, secret
from leadline.settings.toml_file import load_settings
from leadline.textfile import read_text_file

TOML = """[[app]]
name = "shop"  # schön
base_url_file = "address"
keys = ["pk_1"]
"""


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_a_text(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    saved.write_bytes(codecs.BOM_UTF8 + "ä\r\nb".encode())
    assert read_text_file(saved) == "ä\nb"


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-16", "it is saved as UTF-16; save it as UTF-8"),
        ("latin-1", "line 2 holds the byte 0xF6, which is no UTF-8; save it as UTF-8"),
    ],
)
def test_another_encoding_is_named_with_the_line(tmp_path: Path, encoding: str, told: str) -> None:
    saved = tmp_path / "leadline.toml"
    saved.write_bytes(TOML.encode(encoding))
    with pytest.raises(ValueError, match=f"^{told}$"):
        read_text_file(saved)


def test_an_address_and_a_secret_are_read_without_their_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "leadline.toml").write_bytes(codecs.BOM_UTF8 + TOML.encode())
    (tmp_path / "address").write_bytes(codecs.BOM_UTF8 + b"https://shop.example\r\n")
    assert load_settings(tmp_path / "leadline.toml", {}).apps[0].base_url == "https://shop.example"
    (tmp_path / "password").write_bytes(codecs.BOM_UTF8 + b"correct horse\r\n")
    monkeypatch.setenv("SHOP_PASSWORD_FILE", str(tmp_path / "password"))
    assert secret("SHOP_PASSWORD") == "correct horse"
    (tmp_path / "password").write_bytes("geheim ä".encode("latin-1"))
    with pytest.raises(MissingSecret, match=r"can't be read \(line 1 holds the byte 0xE4"):
        secret("SHOP_PASSWORD")
