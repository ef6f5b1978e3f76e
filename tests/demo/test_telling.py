"""What people read: plain without a terminal, and text whatever it is made of."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from walking.claims import Finding
from walking.facts import Check, Incident, Notification, Page, Run
from walking.narration import Teller
from walking.places import Places
from walking.summary import COLUMNS, next_lines, summary_lines, version_rows

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
VITALS = [
    {
        "service_version": "1.5.0",
        "page_views": 76,
        "sessions": 31,
        "errors": 0,
        "kpi_checkout_completed_ratio": 0.25,
        "kpi_checkout_completed_low_ratio": 0.13,
        "kpi_checkout_completed_high_ratio": 0.43,
        "lcp_p75_ms": 208.4,
        "ttfb_p75_ms": 19.0,
    },
    {"service_version": "1.4.2", "page_views": 8, "sessions": 3, "errors": 1, "kpi_checkout_completed_ratio": 1 / 3},
]


def told(*, is_terminal: bool, tell) -> str:
    out = io.StringIO()
    tell(Teller(Console(file=out, force_terminal=is_terminal, width=100, highlight=False, markup=False)))
    return out.getvalue()


def test_versions_stand_in_order_with_intervals_and_dashes_for_what_is_not_known() -> None:
    assert version_rows(VITALS) == [
        ["1.4.2", "8", "3", "33%", "1", "–", "–", "–"],
        ["1.5.0", "76", "31", "25% (13 to 43)", "0", "208 ms", "–", "19 ms"],
    ]
    assert len(COLUMNS) == len(version_rows(VITALS)[0])


def test_the_table_fits_a_terminal_as_it_opens() -> None:
    out = io.StringIO()
    Teller(Console(file=out, width=80)).table("Real users", COLUMNS, version_rows(VITALS))
    assert "…" not in out.getvalue()
    assert "bought (95 %)" in out.getvalue()


def test_the_summary_counts_what_was_promised() -> None:
    lines = summary_lines(
        [Run("1", "canary", "failed"), Run("2", "baseline", "passed"), Run("3", "baseline", "passed")],
        [Check("passed")],
        VITALS,
        incidents=[Incident("I", "resolved", "t")],
        notifications=[Notification("open", "oncall", "accepted"), Notification("resolve", "oncall", "pending")],
        pages=[],
    )
    assert lines == [
        "journeys run           3 (2 passed, 1 failed)",
        "health checks          1 (1 passed)",
        "beacons stored         page views of 1.4.2: 8, 1.5.0: 76",
        "hooks run              0 (none)",
        "incidents              1 (1 resolved)",
        "notifications sent     1 of 2; 0 pages arrived",
    ]


def test_what_to_type_names_the_configuration(tmp_path: Path) -> None:
    places = Places(port=9000, folder=tmp_path / "demo of mine", home=tmp_path)
    lines = next_lines(places, command=Path("/opt/x/leadline"))
    assert lines[0] == f"/opt/x/leadline vitals -c '{tmp_path}/demo of mine/leadline.toml'"


def test_without_a_terminal_there_is_no_escape_sequence() -> None:
    def tell(teller: Teller) -> None:
        teller.chapter("The fault", "Nobody can buy.")
        with teller.waiting("the journey"):
            teller.progress("soon")
        teller.find(Finding("it fails", True, "seen"))
        teller.page(Page("title", "body", AT))
        teller.table("t", COLUMNS, version_rows(VITALS))

    plain = told(is_terminal=False, tell=tell)
    assert "\x1b" not in plain
    assert "✓ it fails" in plain
    assert "soon" not in plain


def test_what_a_site_says_moves_no_cursor_and_is_no_markup() -> None:
    hostile = "\x1b[2J[bold red]gone[/]\x07\r"

    def tell(teller: Teller) -> None:
        teller.page(Page(hostile, hostile, AT))
        teller.find(Finding(hostile, False, hostile))
        teller.say(hostile)

    for is_terminal in (False, True):
        shown = told(is_terminal=is_terminal, tell=tell)
        assert "\x1b[2J" not in shown
        assert "\x07" not in shown
        assert shown.count("[bold red]gone[/]") == 5
