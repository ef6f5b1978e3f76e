"""The collector for whoever runs it: starts or says why not, changes its keys while it runs, shares its work, ends."""

from __future__ import annotations

import json
import logging
import re
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from leadline.beaconlog import LogReader
from leadline.errors import ConfigurationError
from leadline.settings import load_settings
from leadline_collector.processes.logs import JsonLines
from leadline_collector.service import main

Make = Callable[..., dict[str, Any]]
DOCS = Path(__file__).parents[2] / "docs"


def wait_until(ask: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 30
    while not ask():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_taken_port_is_one_message_and_exit_code_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "leadline.toml").write_text(f'[collector]\nlisten = "127.0.0.1:{port}"\n')
        with pytest.raises(ConfigurationError, match=f"can't listen on 127.0.0.1:{port}") as caught:
            main(load_settings(tmp_path / "leadline.toml"))
    assert caught.value.exit_code == 2
    assert "[collector] listen" in caught.value.hint


def test_the_command_ends_with_2_where_the_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        (tmp_path / "leadline.toml").write_text(f'[collector]\nlisten = "127.0.0.1:{taken.getsockname()[1]}"\n')
        ran = subprocess.run(
            [sys.executable, "-m", "leadline", "collector"], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
    assert ran.returncode == 2
    assert "can't listen" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_it_is_ready_once_beacons_are_taken(standing: Any) -> None:
    assert standing.get("/healthz").json() == {"status": "ok"}
    assert standing.get("/readyz").json() == {"status": "ready", "problems": []}


def test_keys_are_rotated_revoked_and_apps_switched_off_without_a_restart(collector: Any, beacon: Make) -> None:
    running = collector()
    changed = running.settings.replace('keys = ["pk_shop", "pk_shop_next"]', 'keys = ["pk_new"]').replace(
        'keys = ["pk_people"]', 'keys = ["pk_people"]\non = false'
    )
    running.file.write_text(changed)
    wait_until(lambda: running.post(beacon(key="pk_new")).status_code == 204)
    assert running.post(beacon(key="pk_shop")).status_code == 401
    assert running.post(beacon(key="pk_people")).status_code == 202


FROM_ITS_FOLDER = """
import os, sys
from pathlib import Path
from leadline.settings import load_settings
from leadline_collector.service import main
file = Path(sys.argv[1])
os.chdir(file.parent)
sys.exit(main(load_settings(Path(file.name))))
"""


def test_a_file_is_said_to_have_changed_only_once_it_says_something_else(collector: Any, beacon: Make) -> None:
    running = collector(launcher=FROM_ITS_FOLDER)
    counts = running.folder / ".leadline" / "run" / "collector-0.counts"
    wait_until(counts.exists)  # written after the first look at the file
    assert "has changed" not in running.log
    running.file.write_text(changed := running.settings.replace("pk_shop_next", "pk_new") + "# a comment\n")
    wait_until(lambda: running.post(beacon(key="pk_new")).status_code == 204)
    running.file.write_text(changed + "# another\n")
    told = counts.stat().st_mtime_ns
    wait_until(lambda: counts.stat().st_mtime_ns > told + 1_500_000_000)  # two looks later
    assert running.log.count("has changed") == 1


def test_a_broken_file_leaves_the_old_settings_in_force_and_says_so(collector: Any, beacon: Make) -> None:
    running = collector()
    running.file.write_text(running.settings + "\n[colector]\n")
    wait_until(lambda: "settings" in running.get("/readyz").json())
    assert running.get("/readyz").status_code == 200
    assert running.post(beacon()).status_code == 204
    assert "the old settings stay in force" in running.log
    assert 'leadline_collector_settings_in_force{worker="0"} 0.0' in running.get("/metrics").text
    running.file.write_text(running.settings)
    wait_until(lambda: "settings" not in running.get("/readyz").json())


def test_a_key_that_needs_a_restart_is_named_and_the_rest_of_the_file_is_in_force(collector: Any, beacon: Make) -> None:
    running = collector()
    running.file.write_text(
        re.sub('listen = ".*"', 'listen = "127.0.0.1:1"', running.settings).replace("pk_old", "pk_shop")
    )
    wait_until(lambda: running.post(beacon()).status_code == 401)
    said = running.get("/readyz").json()["settings"]
    assert "collector.listen was changed while this runs: it takes effect at the next start" in said
    assert said in running.log
    assert running.get("/v1/drops").status_code == 200


def test_a_disk_that_refuses_a_commit_is_answered_503_and_heals(collector: Any, beacon: Make) -> None:
    running = collector()
    assert running.post(beacon()).status_code == 204
    big = beacon(attributes={"a": "b " * 500}, errors=[{"message": f"{n} " * 300} for n in range(50)])
    limits = resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (40_000, limits[1]))
    refused = running.post(big)
    assert (refused.status_code, refused.json()["reason"]) == (503, "log_unavailable")
    assert running.get("/readyz").status_code == 503
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, limits)
    assert running.post(big).status_code == 204
    assert running.get("/readyz").status_code == 200
    assert [each.beacon.page_view_id for each in running.logged()].count(big["page_view_id"]) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB, where this user may mount one."""
    folder = tmp_path / ".leadline"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"needs the right to mount: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.skipif(shutil.which("mount") is None or sys.platform != "linux", reason="needs Linux's mount")
def test_a_disk_that_is_full_loses_nothing_acknowledged_and_heals_though_nobody_sends(
    small_disk: Path, collector: Any, beacon: Make
) -> None:
    running = collector("min_free_bytes = 0")
    acknowledged = []
    for _ in range(200):
        sent = beacon(errors=[{"message": "m " * 500}] * 50)
        if (answer := running.post(sent)).status_code != 204:
            break
        acknowledged.append(sent["page_view_id"])
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    subprocess.run(["mount", "-o", "remount,size=50m", small_disk], check=True)
    wait_until(lambda: running.get("/readyz").status_code == 200)
    assert running.post(after := beacon()).status_code == 204
    assert running.stop() == 0
    assert [each.beacon.page_view_id for each in running.logged()] == [*acknowledged, after["page_view_id"]]


def test_a_log_at_its_cap_is_taken_up_again_once_the_loader_has_caught_up(
    collector: Any, beacon: Make, tmp_path: Path
) -> None:
    running = collector("log_max_bytes = 200_000")
    wait_until(lambda: running.post(beacon(errors=[{"message": "m " * 500}] * 50)).status_code == 503)
    reader = LogReader(tmp_path / ".leadline" / "beacons")
    full = reader.files()[0].name
    wait_until(lambda: reader.read(full, after=10_000, limit=1).is_finished)  # sealed long before its hour
    reader.mark_loaded(full, now=datetime.now(UTC))
    wait_until(lambda: running.get("/readyz").status_code == 200)
    assert running.post(beacon()).status_code == 204


def test_several_workers_share_the_port_each_with_its_own_log(collector: Any, beacon: Make) -> None:
    running = collector("workers = 2")

    def files() -> list[Path]:
        return list((running.folder / ".leadline" / "beacons").glob("*.beacons"))

    wait_until(lambda: len(files()) == 2)
    sent = [beacon() for _ in range(40)]
    for each in sent:
        assert running.post(each, connection="close").status_code == 204  # the next one comes by another connection
    wait_until(lambda: accepted(running) == 40)
    for name in ("ready", "settings_in_force"):
        wait_until(lambda name=name: f'leadline_collector_{name}{{worker="1"}} 1.0' in running.get("/metrics").text)
        assert f'leadline_collector_{name}{{worker="0"}} 1.0' in running.get("/metrics").text
    assert {each.beacon.page_view_id for each in running.logged()} == {each["page_view_id"] for each in sent}
    assert running.stop() == 0


def accepted(running: Any) -> float:
    families = text_string_to_metric_families(running.get("/metrics").text)
    return sum(s.value for family in families for s in family.samples if s.name == "leadline_collector_accepted_total")


def test_a_worker_that_dies_loses_nothing_and_starts_with_what_was_accepted_before_a_broken_save(
    collector: Any, beacon: Make
) -> None:
    running = collector("workers = 2")
    sent = beacon()
    assert running.post(sent).status_code == 204
    accepted = running.settings.replace('keys = ["pk_shop", "pk_shop_next"]', 'keys = ["pk_new"]')
    running.file.write_text(accepted)
    wait_until(lambda: running.log.count("leadline.toml has changed") == 2)
    running.file.write_text(accepted + "\n[colector]\n")
    wait_until(lambda: running.log.count("the old settings stay in force") == 2)
    victims = psutil.Process(running.process.pid).children()
    for victim in victims:
        victim.kill()
    psutil.wait_procs(victims, timeout=20)
    running.client.close()
    running.client = type(running.client)(timeout=30)
    wait_until(lambda: running.post(beacon(key="pk_new")).status_code == 204)
    assert running.post(beacon(key="pk_shop")).status_code == 401
    assert running.logged_as(sent["page_view_id"])
    assert "Traceback" not in running.log


WITH_FEW_FILES = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
import sys
from pathlib import Path
from leadline.settings import load_settings
from leadline_collector.service import main
sys.exit(main(load_settings(Path(sys.argv[1]))))
"""


def test_the_collector_opens_as_many_connections_as_it_is_allowed(collector: Any) -> None:
    running = collector(launcher=WITH_FEW_FILES)
    soft, hard = resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE)
    assert soft == min(16_384, hard)


@pytest.mark.kill
def test_workers_end_with_their_supervisor(collector: Any) -> None:
    running = collector("workers = 2")
    workers = psutil.Process(running.process.pid).children()
    assert len(workers) == 2
    running.kill()
    _, alive = psutil.wait_procs(workers, timeout=5)
    assert alive == []


def test_the_service_log_is_json_lines_without_what_a_browser_sent(standing: Any, beacon: Make) -> None:
    standing.post(beacon(page_view_id="jane@example.com", seq="jane@example.com"))
    standing.post(b'{"jane@example.com"', x_forwarded_for="203.0.113.99", user_agent="jane@example.com")
    standing.post(beacon(key="pk_of_jane"), path="/v1/b?token=jane")
    lines = [json.loads(line) for line in standing.log.splitlines()]
    assert lines
    assert all({"at", "level", "service", "message"} <= set(line) for line in lines)
    assert "jane" not in standing.log
    assert "203.0.113" not in standing.log


def test_what_an_unforeseen_error_quotes_is_cleaned_in_the_log() -> None:
    try:
        raise ValueError("can't read jane@example.com")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "of %s", ("joe@example.com",), sys.exc_info())
    said = json.loads(JsonLines(None).format(record))
    assert said["message"] == "of [email]"
    assert "ValueError: can't read [email]" in said["stack"]


def test_every_metric_is_documented(standing: Any) -> None:
    page = (DOCS / "collector.md").read_text()
    names = {family.name for family in text_string_to_metric_families(standing.get("/metrics").text)}
    assert len(names) >= 12
    assert {name for name in names if name not in page} == set()
