"""Which journeys are found, and what is said of a file that has none: by the process that `validate` uses, too."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from leadline.journeys.discovery import find_journeys, load_journey
from leadline.workers import WorkerPool
from leadline.workers.errands import discover_journeys

GOOD = """
from leadline import journey

@journey(every="1m")
async def {name}(run, page):
    pass
"""


@pytest.fixture
def write(tmp_path):
    def write_file(path: str, text: str) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
        return file

    return write_file


async def discover(folder: Path, *paths: Path):
    pool = WorkerPool(size=1, import_folder=folder, evidence_folder=folder / "evidence")
    return await pool.discover(paths or [folder / "journeys"])


async def test_every_journey_of_a_folder_is_found_in_the_order_of_files(tmp_path, write):
    write("journeys/b.py", GOOD.format(name="beta"))
    write("journeys/deep/a.py", GOOD.format(name="alpha") + GOOD.format(name="omega"))
    write("journeys/pages.py", "raise RuntimeError('a helper is not imported for itself')")
    write("journeys/.hidden/c.py", GOOD.format(name="hidden"))
    journeys, problems = await discover(tmp_path)
    assert ([spec.name for spec in journeys], problems) == (["beta", "alpha", "omega"], [])
    assert journeys[0].path == str(tmp_path / "journeys" / "b.py")


async def test_a_journey_imports_from_the_folder_of_the_toml_and_from_beside_itself(tmp_path, write):
    write("probes/shop.py", "NAME = 'probes of the user'")
    write("scheduler/__init__.py", "NAME = 'scheduler of the user'")
    write("web/__init__.py", "")
    write("web/pages.py", "NAME = 'web of the user'")
    write("journeys/beside.py", "NAME = 'beside'")
    write(
        "journeys/checkout.py",
        "from probes.shop import NAME as a\nfrom scheduler import NAME as b\nfrom web.pages import NAME as c\n"
        "from beside import NAME as d\nassert [a, b, c, d] == ['probes of the user', 'scheduler of the user',"
        " 'web of the user', 'beside']\n" + GOOD.format(name="checkout"),
    )
    journeys, problems = await discover(tmp_path)
    assert ([spec.name for spec in journeys], problems) == (["checkout"], [])


PROBLEMS = [
    ("import nowhere_to_be_found", 2, "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
    ("\n\ndef broken(:\n", 4, "SyntaxError"),
    ("x = 1\nraise ValueError('bad day\\nand more')", 3, "ValueError: bad day"),
    ("import sys\nsys.exit(4)", 3, "the file ends the process when imported: sys.exit(4)"),
    ("import os\nos._exit(4)", 1, "ended itself with exit code 4"),
    ('@journey(every="1m")\ndef sync(run, page): pass', 2, "the journey sync is not async"),
    ('@journey(every="1")\nasync def timeless(run, page): pass', 2, "every='1' is not a duration"),
    ("secret('NOT_SET_ANYWHERE')", 2, "secret NOT_SET_ANYWHERE is not set"),
]


@pytest.mark.parametrize(("text", "line", "words"), PROBLEMS)
async def test_a_file_that_is_wrong_is_one_problem_and_the_others_are_found(tmp_path, write, text, line, words):
    bad = write("journeys/a_bad.py", f"from leadline import journey, secret\n{text}")
    write("journeys/good.py", GOOD.format(name="good"))
    journeys, problems = await discover(tmp_path)
    assert [spec.name for spec in journeys] == ["good"]
    assert [(problem.path, problem.line) for problem in problems] == [(str(bad), line)]
    assert words in problems[0].message
    assert "\n" not in problems[0].message


async def test_a_file_that_blocks_when_imported_is_one_problem(tmp_path, write):
    bad = write("journeys/a_bad.py", "from leadline import journey\nimport time\ntime.sleep(600)")
    write("journeys/good.py", GOOD.format(name="good"))
    journeys, problems = await discover_journeys([tmp_path / "journeys"], tmp_path, import_deadline_s=2.0)
    assert [spec.name for spec in journeys] == ["good"]
    assert [(problem.path, problem.message) for problem in problems] == [
        (str(bad), "importing the file does not end within 2 s")
    ]


async def test_the_second_of_two_journeys_of_one_name_is_a_problem(tmp_path, write):
    write("journeys/a.py", GOOD.format(name="checkout"))
    second = write("journeys/b.py", GOOD.format(name="checkout"))
    journeys, problems = await discover(tmp_path)
    assert [spec.path for spec in journeys] == [str(tmp_path / "journeys" / "a.py")]
    assert [(problem.path, problem.line) for problem in problems] == [(str(second), 4)]
    assert "already exists in" in problems[0].message
    assert "a.py:4" in problems[0].message


async def test_a_journey_that_is_only_imported_counts_where_it_stands(tmp_path, write):
    write("journeys/a.py", GOOD.format(name="checkout"))
    write("journeys/b.py", "from journeys.a import checkout\n" + GOOD.format(name="other"))
    journeys, problems = await discover(tmp_path)
    assert ([spec.name for spec in journeys], problems) == (["checkout", "other"], [])


@pytest.mark.parametrize(("path", "words"), [("nowhere", "no such file or folder"), ("empty", "no journey is in this")])
async def test_a_place_without_a_journey_is_a_problem(tmp_path, path, words):
    (tmp_path / "empty").mkdir()
    _, problems = await discover(tmp_path, tmp_path / path)
    assert words in problems[0].message
    assert len(problems) == 1


async def test_a_named_file_without_a_journey_is_a_problem(tmp_path, write):
    file = write("helper.py", "x = 1")
    _, problems = await discover(tmp_path, file)
    assert [problem.message for problem in problems] == ["no journey is in this file"]


def test_a_misspelt_argument_is_told_with_line_and_column(tmp_path):
    file = tmp_path / "buy.py"
    file.write_text(
        "from leadline import journey\n\n@journey(\n    every='1m',\n    bugdet='6s',\n)\n"
        "async def buy(run, page): ...\n"
    )
    _, [problem] = find_journeys([file], tmp_path)
    assert (problem.line, problem.column) == (5, 5)
    assert problem.message == "@journey takes no bugdet=; did you mean budget=?"


def test_each_combination_of_parameters_is_a_journey_and_can_be_loaded_by_its_name(tmp_path):
    file = tmp_path / "sell.py"
    file.write_text(
        'from leadline import journey\n@journey(every="1m", parameters={"market": ["de", "fr"]})\n'
        "async def sell(run, page, market): ...\n"
    )
    specs, problems = find_journeys([file], tmp_path)
    assert ([spec.name for spec in specs], problems) == (["sell[de]", "sell[fr]"], [])
    assert load_journey(specs[1], tmp_path).function.keywords == {"market": "fr"}
