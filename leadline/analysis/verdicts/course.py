"""The evidence over time, reduced to a number of points for a chart. The verdict uses every minute."""

from __future__ import annotations

from leadline.analysis.verdicts.decision import Judge
from leadline.analysis.verdicts.findings import moment_after
from leadline.model.evidence_course import EvidenceCourse, MetricCourse
from leadline.model.verdicts import MetricFinding, Verdict

# A day of minutes: more points than a screen has columns.
MOST_POINTS = 1440


def evidence_course(judge: Judge, verdict: Verdict) -> EvidenceCourse:
    """Up to the judge's last minute, which is always a point. `verdict` is that of the last minute."""
    size = judge.grid.size
    every = max(1, -(-size // MOST_POINTS))
    first = (size - 1) % every
    named: dict[str, MetricFinding] = {finding.name: finding for finding in verdict.metrics}
    return EvidenceCourse(
        first_at=moment_after(int(judge.grid[first])),
        every_minutes=every,
        metrics=tuple(
            MetricCourse(
                name=trace.rule.name,
                log_e=tuple(round(float(one), 4) for one in trace.log_e[first::every]),
                canary_sessions=tuple(int(one) for one in trace.canary_n[first::every]),
                log_e_to_pause=named[trace.rule.name].log_e_to_pause,
                log_e_to_roll_back=named[trace.rule.name].log_e_to_roll_back,
                needed_sessions=named[trace.rule.name].needed_sessions,
            )
            for trace in judge.traces
        ),
    )
