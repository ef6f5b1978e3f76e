"""The lifecycle of an incident, whom it is told to, and in which words. Pure: recomputable from what it is given.

judging.py     a result opens, changes or resolves an incident, or asks for a re-run
routing.py     which targets hear of it
titles.py      its one line
removal.py     what is no longer configured is closed
page_text.py   what a page says, with cleaning.py and spans.py
"""

from leadline.incidents.judging import FailedRun, Judgement, MonitorMemory, judge_run
from leadline.incidents.page_text import PageText, write_page
from leadline.incidents.removal import close_removed
from leadline.incidents.routing import RouteRule, choose_targets

__all__ = [
    "FailedRun",
    "Judgement",
    "MonitorMemory",
    "PageText",
    "RouteRule",
    "choose_targets",
    "close_removed",
    "judge_run",
    "write_page",
]
