"""What users import, and what it costs them."""

from __future__ import annotations

import subprocess
import sys

import pytest

import leadline


def test_the_public_names_are_complete():
    assert sorted(leadline.__all__) == ["Run", "compare", "connect", "expect", "journey", "secret", "step", "totp"]
    assert set(leadline.__all__) <= set(dir(leadline))
    for name in leadline.__all__:
        assert getattr(leadline, name) is not None


def test_expect_is_playwrights_own():
    from playwright.async_api import expect

    assert leadline.expect is expect


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = leadline.nothing_like_it


@pytest.mark.parametrize("module", ["leadline", "leadline.journeys", "leadline.journeys.pytest_plugin"])
def test_importing_it_loads_nothing_heavy(module):
    program = f"import sys, {module}; print(sorted({{name.partition('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True).stdout
    heavy = ("playwright", "aiohttp", "pydantic", "msgspec", "typer", "httpx", "fastapi", "sqlalchemy", "duckdb")
    assert [name for name in heavy if f"'{name}'" in loaded] == []
