"""The SQL of docs/questions.md, run on a home in which each has something to answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filled_homes import OpenedHome, append_to_log, encode_beacon, open_home

from leadline.incidents import Routing
from leadline.model import RunResult, RunStatus
from leadline.records import Records
from leadline.settings import load_settings
from leadline.wire import BeaconError, BeaconEvent, BeaconRequest, Vitals

PAGE = (Path(__file__).parents[2] / "docs" / "questions.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"^## (\d+\. [^\n]+)\n.*?```sql\n(.*?)```", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenedHome]:
    folder = tmp_path_factory.mktemp("home")
    (folder / "leadline.toml").write_text('[[app]]\nname = "shop"\nkpis = ["bought"]\n')
    settings = load_settings(folder / "leadline.toml")
    settings.paths.create_folders()
    append_to_log(
        settings,
        [
            encode_beacon(
                "shop",
                page_view_id=f"{version}-{number}",
                session_id=f"{version}-{number % 3}",
                service_version=version,
                route=["/", "/basket", "/pay"][number % 3],
                vitals=Vitals(lcp_ms=1000.0 + number, inp_ms=50.0),
                errors=[BeaconError(error_type="TypeError", message=f"{word} is not a function")]
                if number == 0
                else None,
                events=[BeaconEvent(name="bought", value=9.5)] if number == 2 else None,
                requests=[BeaconRequest(method="GET", route="/api", status_code=500, duration_ms=83.0)],
            )
            for version, word in (("1.4.2", "basket"), ("1.5.0", "till"))
            for number in range(6)
        ],
    )
    records, began = Records.open(settings.paths.records), datetime.now(UTC)
    result = RunResult(
        run_id="r", monitor="journey", name="buy", app="shop", status=RunStatus.FAILED, started_at=began,
        finished_at=began + timedelta(seconds=2), duration_ms=2000.0, service_version="1.5.0", cohort="canary",
    )  # fmt: skip
    records.commit_result(
        result, confirm=1, severity="critical", routing=Routing(targets=("oncall",)), now=datetime.now(UTC)
    )
    records.close()
    with open_home(settings) as opened:
        yield opened


def test_there_are_twelve() -> None:
    assert len(QUESTIONS) == 12


@pytest.mark.parametrize(("title", "sql"), QUESTIONS, ids=lambda text: text.split("\n")[0])
def test_each_question_is_answered(home: OpenedHome, title: str, sql: str) -> None:
    answer = home.query(sql)
    assert answer.table.num_rows > 0, title
    assert answer.truncated is None


def test_each_leaves_probes_and_bots_out() -> None:
    of_people = [sql for _, sql in QUESTIONS if "FROM journey_runs" not in sql and "FROM incidents" not in sql]
    assert len(of_people) == 10
    assert all(re.search(r"FROM users_", sql) and not re.search(r"FROM (page_views|vitals)", sql) for sql in of_people)
