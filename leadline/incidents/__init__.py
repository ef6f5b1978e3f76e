"""The lifecycle of an incident, whom it pages, and the text of its pages. Pure: depends only on its arguments.

run_findings.py   turns a result of a journey or check into a finding, or not yet
verdict_findings.py  turns a verdict on a canary into findings about its release
transitions.py    findings open, change or resolve an incident
result_judgement.py        the two in a row, for a result
routing.py        which targets are paged, and when
titles.py         its one line
removal.py        closes incidents of monitors that are no longer configured
blindness.py      a monitor whose state can't be known is a finding too
page_text.py      the text of a page, with foreign_text.py, spans.py, plain_errors.py
page_context.py   what a page says beyond its incident, gathered by the sender
page_formats.py   the same as text, Markdown and HTML
group_page.py     one page about several incidents
shared_causes.py  causes that several monitors can share
trial_page.py     a test page: nothing is broken
stand_ins.py      the first lines if a page goes to somebody in place of others
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
