"""The view `flag_changes`: who changed which flag, when and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from leadline.model import FlagChange
from leadline.store import Loader
from leadline.store.loader import RECORDS_FEED


def test_a_change_of_a_flag_is_one_row_for_the_time_axis(
    loader: Loader, ask: Callable[[str], list[dict[str, Any]]], now: datetime
) -> None:
    change = FlagChange(
        change_id="c1",
        changed_at=now,
        app="shop",
        environment="production",
        flag="new-checkout",
        action="killed",
        variant="off",
        reach="everybody gets 'off'",
        changed_by="eve",
        reason="orders get lost",
    )
    after = loader.progress(RECORDS_FEED)
    loader.load_changes(after=after, upto=1, changes=[(1, change)], now=now)
    [row] = ask("SELECT app, flag, action, changed_by, reason FROM flag_changes")
    assert tuple(row.values()) == ("shop", "new-checkout", "killed", "eve", "orders get lost")
