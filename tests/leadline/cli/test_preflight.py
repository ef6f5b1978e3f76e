"""What would stop a start is said before anything is started; what a lock says of its holder."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadline.cli.supervisor import preflight
from leadline.errors import BrowserMissing, ConfigurationError
from leadline.settings import load_settings

NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)


def test_services_that_start_at_the_same_time_all_find_their_home_writable(
    write_settings: Callable[..., Path],
) -> None:
    settings = load_settings(write_settings())
    with ThreadPoolExecutor(4) as services:
        list(services.map(lambda _: preflight.prepare_home(settings), range(400)))
    assert list(settings.paths.run.iterdir()) == []


def test_a_missing_chromium_is_named_if_a_journey_needs_it(
    write_settings: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADLINE_CHROMIUM", "/nowhere/chromium")
    app = '[[app]]\nname = "shop"\n'
    preflight.check_browser(load_settings(write_settings(app)))
    journeys = '[[journeys]]\npath = "journeys"\napp = "shop"\n'
    with pytest.raises(BrowserMissing, match="/nowhere/chromium"):
        preflight.check_browser(load_settings(write_settings(app + journeys)))


def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    write_settings: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "find_spec", lambda name: None if name == "duckdb" else object())
    with pytest.raises(ConfigurationError, match=r"pip install 'leadline\[store\]'"):
        preflight.check_extras(load_settings(write_settings()))


def test_a_port_that_becomes_free_in_time_is_no_trouble(write_settings: Callable[..., Path]) -> None:
    settings = load_settings(write_settings())
    port = int(settings.web.listen.rpartition(":")[2])
    holder = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); print(flush=True); time.sleep(0.5)"
    with subprocess.Popen([sys.executable, "-c", holder], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        preflight.check_ports(settings, wait_s=20)


def test_an_address_of_another_machine_can_not_be_listened_on(write_settings: Callable[..., Path]) -> None:
    file = write_settings()
    file.write_text(file.read_text().replace('listen = "127.0.0.1', 'listen = "192.0.2.1', 1))
    with pytest.raises(ConfigurationError, match=r"\[collector\] can't listen on 192\.0\.2\.1"):
        preflight.check_ports(load_settings(file), wait_s=0)


def test_a_taken_port_is_named(write_settings: Callable[..., Path]) -> None:
    settings = load_settings(write_settings())
    port = int(settings.web.listen.rpartition(":")[2])
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(ConfigurationError, match=rf"\[web\] can't listen on 127\.0\.0\.1:{port}: another program"),
    ):
        preflight.check_ports(settings, wait_s=0)
