"""A canary with flat errors that sells less: the verdict, the kill, its proof by users, the page that says so, and the
word that sales are back.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from story.canary import CANARY, FLAG, Visitors, write_shop
from story.world import Leadline, Receiver, wait_until

pytestmark = [pytest.mark.story, pytest.mark.timeout(600)]


@pytest.fixture
def visitors(leadline: Leadline) -> Iterator[Visitors]:
    made = Visitors(leadline)
    yield made
    made.close()


def test_a_canary_that_sells_less_is_killed_then_proven_then_told(
    leadline: Leadline, oncall: Receiver, visitors: Visitors
) -> None:
    write_shop(leadline, oncall)
    leadline.start()
    visitors.start()
    wait_until("the page arrives", lambda: oncall.pages, within_s=180)
    got_before = len(visitors.got)

    # The verdict: it sells less, and neither errors nor speed say so.
    [verdict] = [one for one in leadline.rows("sql", "SELECT * FROM verdicts") if one["verdict"] == "rollback"]
    assert (verdict["app"], verdict["service_version"], verdict["baseline_version"]) == ("shop", CANARY, "1.4.2")
    assert "No sign of harm in sessions with an error and LCP" in verdict["sentence"]

    # The act: one hook, run once, for that verdict, and seen by users.
    [action] = leadline.rows("sql", "SELECT * FROM actions")
    assert (action["hook"], action["state"], action["attempts"]) == ("kill-new-checkout", "verified", 1)
    assert (action["cause"], action["verdict_id"]) == ("verdict", verdict["verdict_id"])
    assert action["requested_at"] <= action["executed_at"] <= action["verified_at"]
    assert "3 evaluations in a row: OFREP answers 'off'" in action["evidence"]

    # Users: nobody gets it any more, and the history says who took it from them and why.
    wait_until("visitors come after the kill", lambda: len(visitors.got) >= got_before + 50)
    assert set(visitors.got[got_before:]) == {"off"}
    assert "on" in visitors.got[:got_before]
    assert visitors.failed == []
    changes = leadline.rows("sql", f"SELECT * FROM flag_changes WHERE flag = '{FLAG}' AND action = 'killed'")
    assert [verdict["sentence"][:100] in change["reason"] for change in changes] == [True]

    # The page: one, critical, about that release, and it says what the machine did before it says what is wrong.
    assert oncall.titles() == [f"ALERT shop {CANARY} · sells less"]
    text = oncall.pages[0]["message"]
    told = [text.find("Leadline ran hook kill-new-checkout, verified at"), text.find("it sells less than 1.4.2")]
    assert 0 <= told[0] < told[1]
    assert "release 1.5.0 of shop (production), critical" in text

    # The end: the figure that was worse is back at the baseline's level, told once, after the page.
    def told_recovered() -> list[str]:
        return [page["message"] for page in oncall.pages if page["title"].startswith(f"RECOVERED shop {CANARY} · ")]

    wait_until("sales are back", told_recovered, within_s=300)
    [action] = leadline.rows("sql", "SELECT * FROM actions")
    assert action["recovered_at"] > action["verified_at"]
    assert action["recovery"].startswith("bought 2")
    assert [action["recovery"] in message for message in told_recovered()] == [True]
    assert visitors.failed == []
