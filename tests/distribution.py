"""Which tests run in one process, and which begin first.

By scheduler and not by the mark `xdist_group`: pytest-xdist 3.8 writes a mark's group into a name that pytest 9.2 no
longer reads, so that each test was distributed alone and each process started what a file's tests share.
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling

# Each test starts processes of its own and shares nothing: distributed one by one.
ALONE = ("scheduler/service/",)

# Everybody waits for the long one that begins last. What takes some twenty seconds or more, in this order. The first
# waits for minutes to close, three of them at least, and leaves the processor to the others meanwhile; the walk follows
# it in the same process. Walk and story beside each other hold each other up, and whatever goes on by the clock, as
# visitors and journeys do, costs the more the longer it takes.
LONGEST_FIRST = (
    "story/test_canary_taken_back.py",
    "story/test_break_page_kill_heal.py",
    "dashboard_views/test_now.py",
    "probes/test_marked_tests.py",
    "demo/test_walk.py",
    "probes/test_pool_under_attack.py",
    "judgement/test_stories.py",
    "probes/test_whose_fault_journeys.py",
    "leadline/journeys/test_under_pytest.py",
    "docs/test_tutorial.py",
    "dashboard_views/test_listening.py",
    "store/test_interchange.py",
    "verifying/",
    "leadline/cli/test_up_for_real.py",
    "leadline/cli/test_up.py",
    "install/",
    "scheduler/service/",
    "hooks/test_killing.py",
    "beacon/test_rows.py",
    "dashboard_views/",
    "collector/test_operations.py",
    "collector/test_scripts.py",
    "store/test_service.py",
    "docs/",
    "probes/",
    "collector/test_kill.py",
    "leadline/store/test_rollups.py",
    "beacon/",
    "leadline/cli/test_run.py",
    "leadline/cli/test_store_commands.py",
    "collector/",
    "leadline/records/test_killing.py",
    "leadline/store/test_killing_rollups.py",
    "leadline/cli/",
    "web/",
    "demo/",
    "scheduler/",
    "store/",
)


def group_of(test: str) -> str:
    """The file of a test, by its node id; all of tests/install, because it builds each environment once."""
    file = test.partition("::")[0].removeprefix("tests/")
    if file.startswith("install/"):
        return "install"
    return test if file.startswith(ALONE) else file


def rank(file: str) -> int:
    """The lower, the sooner it begins."""
    return next((rank for rank, name in enumerate(LONGEST_FIRST) if file.startswith(name)), len(LONGEST_FIRST))


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out whole groups, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def scheduler_for(config: Any, log: Any) -> ByGroup | None:
    """Ours where groups are asked for, else pytest-xdist's own."""
    return ByGroup(config, log) if config.getvalue("dist") == "loadgroup" else None
