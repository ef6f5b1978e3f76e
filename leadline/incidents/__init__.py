"""The lifecycle of an incident, whom it is told to, and in which words. Pure: recomputable from what it is given.

run_findings.py   a result of a journey or check is a finding, or not yet
verdict_findings.py  a verdict on a canary is findings about its release, or says to hold
transitions.py    findings open, change or resolve an incident
result_judgement.py        the two in a row, for a result
routing.py        which targets hear of it, and when
titles.py         its one line
removal.py        what is no longer configured is closed
blindness.py      a monitor that nobody can see is a finding too
page_text.py      what a page says, with foreign_text.py, spans.py, plain_errors.py
page_context.py   what it says beyond its incident, gathered by whoever sends it
page_formats.py   the same as text, Markdown and HTML
group_page.py     one page about several incidents
shared_causes.py  what several monitors may fail of at once
trial_page.py     a test page: nothing is broken
stand_ins.py      its head where it goes to somebody in place of others
"""

from leadline.incidents.blindness import Sight, find_blindness
from leadline.incidents.group_page import write_group
from leadline.incidents.page_context import PageContext
from leadline.incidents.page_formats import PageLink, PageText
from leadline.incidents.page_text import write_page
from leadline.incidents.removal import close_removed
from leadline.incidents.result_judgement import MonitorMemory, judge_run
from leadline.incidents.routing import NOBODY, Owed, RouteRule, Routing, choose_targets, is_told, split_owed
from leadline.incidents.run_findings import FailedRun, RunObserved, find_in_run, subject_of_run
from leadline.incidents.stand_ins import write_head
from leadline.incidents.transitions import Judgement, Observed, end_quiet, judge_findings
from leadline.incidents.verdict_findings import find_in_verdict

__all__ = [
    "NOBODY",
    "FailedRun",
    "Judgement",
    "MonitorMemory",
    "Observed",
    "Owed",
    "PageContext",
    "PageLink",
    "PageText",
    "RouteRule",
    "Routing",
    "RunObserved",
    "Sight",
    "choose_targets",
    "close_removed",
    "end_quiet",
    "find_blindness",
    "find_in_run",
    "find_in_verdict",
    "is_told",
    "judge_findings",
    "judge_run",
    "split_owed",
    "subject_of_run",
    "write_group",
    "write_head",
    "write_page",
]
