"""Secrets come from the environment, and are remembered to be masked."""

from __future__ import annotations

import pytest

from leadline import secret
from leadline.journeys import MissingSecret, known_secrets


def test_a_secret_is_its_value_and_shows_its_name(monkeypatch):
    monkeypatch.setenv("SHOP_USER", "ann@shop.example")
    value = secret("SHOP_USER")
    assert value == "ann@shop.example"
    assert repr(value) == "secret('SHOP_USER')"
    assert known_secrets()["ann@shop.example"] == "SHOP_USER"


def test_a_secret_may_stand_in_a_file(monkeypatch, tmp_path):
    (tmp_path / "password").write_text("correct horse\n")
    monkeypatch.setenv("SHOP_PASSWORD_FILE", str(tmp_path / "password"))
    assert secret("SHOP_PASSWORD") == "correct horse"


def test_a_secret_that_is_not_set_says_which_and_how():
    with pytest.raises(MissingSecret) as missing:
        secret("NOT_SET_ANYWHERE")
    assert missing.value.message == "secret NOT_SET_ANYWHERE is not set"
    assert "NOT_SET_ANYWHERE_FILE" in missing.value.hint


def test_a_secret_file_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SHOP_TOKEN_FILE", str(tmp_path / "none"))
    with pytest.raises(MissingSecret, match="none can't be read"):
        secret("SHOP_TOKEN")


def test_a_value_too_short_to_be_masked_is_refused(monkeypatch):
    monkeypatch.setenv("SHOP_PIN", "123")
    with pytest.raises(MissingSecret, match="shorter than 4"):
        secret("SHOP_PIN")


def test_a_longer_secret_is_masked_before_one_that_it_contains(monkeypatch):
    monkeypatch.setenv("SHORT_ONE", "horse")
    monkeypatch.setenv("LONG_ONE", "horse and cart")
    secret("SHORT_ONE")
    secret("LONG_ONE")
    values = list(known_secrets())
    assert values.index("horse and cart") < values.index("horse")
