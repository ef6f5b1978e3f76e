"""The evidence over time as it is drawn: the last minute is always a point, and a long release has fewer."""

from __future__ import annotations

from dataclasses import replace

from judgement.simulated import CONVERSION, ERRORS, Release, rules, simulate

from leadline.analysis.verdicts import Judge
from leadline.analysis.verdicts.course import evidence_course
from leadline.analysis.verdicts.findings import moment_after

SELLS_LESS = Release(conversion=0.3, canary_conversion=0.7, ramp=((0, 0.5),), with_latency=False, per_minute=20)


def test_each_minute_is_a_point_and_the_last_one_says_what_the_verdict_says() -> None:
    evidence = simulate(replace(SELLS_LESS, minutes=90), 1)
    judge = Judge(evidence, rules(CONVERSION, ERRORS))
    verdict = judge.at(evidence.until)
    course = evidence_course(judge, verdict)
    assert (course.first_at, course.every_minutes) == (moment_after(evidence.since), 1)
    for drawn, found in zip(course.metrics, verdict.metrics, strict=True):
        assert (drawn.name, len(drawn.log_e), drawn.log_e[-1]) == (found.name, 90, round(found.log_e, 4))
        assert drawn.canary_sessions[-1] == found.canary_sessions
        assert drawn.needed_sessions == found.needed_sessions


def test_a_long_release_is_thinned_from_its_last_minute_backwards() -> None:
    evidence = simulate(replace(SELLS_LESS, minutes=3001), 1)
    judge = Judge(evidence, rules(CONVERSION))
    course = evidence_course(judge, judge.at(evidence.until))
    [drawn] = course.metrics
    assert course.every_minutes == 3
    assert len(drawn.log_e) == 1001
    assert drawn.log_e[-1] == round(float(judge.traces[0].log_e[-1]), 4)
    assert course.first_at == moment_after(evidence.since)
