"""The list of errors is whole, its documents have one form, and docs/problems.md shows it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from problem_contract import check_document

from leadline.wire import DROP_REASONS, Dropped, DropReason
from leadline.wire.problems import PROBLEMS, TYPE_BASE, ProblemType, write_dropped, write_problem

PAGE = Path(__file__).parents[3] / "docs" / "problems.md"


def test_every_type_has_a_meaning_and_every_meaning_a_type() -> None:
    assert list(PROBLEMS) == list(ProblemType)


@pytest.mark.parametrize("problem", list(ProblemType), ids=str)
def test_every_type_is_written_whole_without_anything_said(problem: ProblemType) -> None:
    check_document(json.loads(write_problem(problem)), status_code=PROBLEMS[problem].status_code)


@pytest.mark.parametrize("reason", [reason for reason, meaning in DROP_REASONS.items() if meaning.status_code >= 400])
def test_a_dropped_beacon_is_told_in_the_same_form(reason: DropReason) -> None:
    status_code = DROP_REASONS[reason].status_code
    document = json.loads(write_dropped(Dropped(reason), status_code=status_code, more={}))
    check_document(document, status_code=status_code)
    assert (document["type"], document["reason"]) == (f"urn:leadline:dropped:{reason}", reason)


def test_what_the_place_says_stands_and_what_is_empty_is_left_out() -> None:
    document = json.loads(
        write_problem(ProblemType.UNKNOWN_RUN, "no run with ID 'x'", remedy="look", errors=[], because="so")
    )
    assert (document["detail"], document["remedy"], document["field"]) == ("no run with ID 'x'", "look", "run_id")
    assert document["because"] == "so"
    assert "errors" not in document


def test_the_page_lists_every_type_with_its_status_field_and_remedy_and_no_other() -> None:
    rows = re.findall(r"^\| `(urn:leadline:\S+)` \| (\d+) \| (.*?) \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(
        (TYPE_BASE + problem, str(said.status_code), f"`{said.field}`" if said.field else "", said.remedy)
        for problem, said in PROBLEMS.items()
    )
