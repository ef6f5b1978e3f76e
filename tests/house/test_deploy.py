"""What deploy/ gives to systemd and Docker starts each service by a command that exists, with options that it takes."""

from __future__ import annotations

import configparser
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from leadline.cli import main

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "deploy/systemd"
COMPOSE = ROOT / "deploy/compose"
SERVICES = {"collector", "scheduler", "store", "web"}
CONFIG = "/etc/leadline/leadline.toml"


def read_unit(file: Path) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(file.read_text())
    return unit


def is_taken(command: list[str]) -> bool:
    """Whether `leadline` knows the command and each of its options: a parse error comes before its help."""
    return main([*command, "--help"]) == 0


def test_a_command_or_option_that_does_not_exist_is_noticed() -> None:
    assert not is_taken(["collect", "-c", CONFIG])
    assert not is_taken(["collector", "--configuration", CONFIG])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_unit_starts_its_service(name: str) -> None:
    unit = read_unit(SYSTEMD / f"leadline-{name}.service")
    program, *command = shlex.split(unit["Service"]["ExecStart"])
    assert program == "/opt/leadline/bin/leadline"
    assert command == [name, "-c", CONFIG]
    assert is_taken(command)


def test_the_target_wants_every_unit_and_requires_none() -> None:
    files = {file.name for file in SYSTEMD.glob("*.service")}
    target = read_unit(SYSTEMD / "leadline.target")["Unit"]
    assert set(target["Wants"].split()) == files == {f"leadline-{name}.service" for name in SERVICES}
    assert not {"Requires", "BindsTo"} & set(target)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("leadline"))
    for file in SYSTEMD.iterdir():
        (tmp_path / file.name).write_text(file.read_text().replace("/opt/leadline/bin/leadline", program))
    units = sorted(map(str, tmp_path.iterdir()))
    said = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, timeout=60)
    ours = [line for line in said.stderr.splitlines() if "leadline" in line]
    assert ours == []


def test_compose_runs_each_service_by_a_command_that_exists() -> None:
    compose = yaml.safe_load((COMPOSE / "compose.yaml").read_text())
    assert set(compose["services"]) == SERVICES
    for name, service in compose["services"].items():
        assert service["command"] == [name, "-c", CONFIG]
        assert is_taken(service["command"])
        folders = {volume.split(":")[-2 if volume.endswith(":ro") else -1] for volume in service["volumes"]}
        assert folders == {"/etc/leadline", "/var/lib/leadline"}
        # The dashboard looks for the scheduler by its process id, and asks the collector at the address it is bound to.
        assert (service["pid"], service["network_mode"]) == ("host", "host")
        assert (COMPOSE / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def test_the_image_installs_every_extra_that_a_service_needs() -> None:
    dockerfile = (COMPOSE / "Dockerfile").read_text()
    named = {word.rpartition("/")[2] for word in dockerfile.split() if word.startswith("/tmp/requirements/")}
    assert {f"{name}.txt" for name in (*SERVICES, "probes")} <= named
    assert all((ROOT / "requirements" / name).is_file() for name in named if name)
