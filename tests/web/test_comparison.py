"""Which two versions stand side by side where nobody chose any."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from leadline_web.dashboard.comparison import choose_versions


def seen(version: str, *, registered_on: int | None = None, page_views: int = 9) -> dict[str, Any]:
    registered_at = None if registered_on is None else datetime(2026, 5, registered_on, tzinfo=UTC)
    return {
        "service_version": version,
        "page_views": page_views,
        "is_registered": registered_at is not None,
        "registered_at": registered_at,
    }


def test_a_version_that_nobody_registered_does_not_push_itself_between_two_that_somebody_did() -> None:
    rows = [seen("9.9.9"), seen("1.4.2", registered_on=2), seen("1.5.0", registered_on=3), seen("0.1")]
    assert choose_versions(rows, []) == ["1.4.2", "1.5.0"]


def test_without_two_registered_versions_the_latest_stand_side_by_side() -> None:
    rows = [seen("1.5.0"), seen("1.4.2", registered_on=2), seen("1.4.1")]
    assert choose_versions(rows, []) == ["1.4.2", "1.5.0"]
    unseen = seen("1.6.0", registered_on=9, page_views=0)
    assert choose_versions([unseen, *rows], []) == ["1.4.2", "1.5.0"]


def test_what_is_chosen_stands_as_it_was_chosen() -> None:
    assert choose_versions([seen("1.5.0")], ["1.4.0", "1.3.0"]) == ["1.4.0", "1.3.0"]
