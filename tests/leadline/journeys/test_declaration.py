"""What `@journey` takes, and what it refuses at once."""

from __future__ import annotations

import pytest

from leadline import journey
from leadline.errors import ConfigurationError
from leadline.journeys import Journey


def declare(**arguments) -> Journey:
    @journey(**{"every": "1m", **arguments})
    async def checkout(run, page):
        return None

    return checkout


def test_a_journey_knows_where_it_stands_and_how_often_it_runs():
    spec = declare(budget="6s", tags=["revenue"]).spec()
    assert (spec.name, spec.every_s, spec.budget_ms, spec.tags) == ("checkout", 60.0, 6000.0, ("revenue",))
    assert spec.path == __file__
    assert spec.line > 1


@pytest.mark.parametrize(("budget", "deadline_s"), [(None, 30.0), ("6s", 30.0), ("20s", 40.0)])
def test_the_deadline_is_thirty_seconds_or_twice_the_budget(budget, deadline_s):
    assert declare(budget=budget).deadline_s == deadline_s


@pytest.mark.parametrize("deadline", ["2s", "10s", "30s", "2m"])
def test_two_of_playwrights_waits_end_before_the_deadline(deadline):
    declared = declare(deadline=deadline)
    assert 2 * declared.timeout_ms / 1000 < declared.deadline_s
    assert declared.timeout_ms <= 10_000


def test_a_name_of_its_own_may_be_given():
    assert declare(name="check-out").name == "check-out"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"every": "60"}, "every='60' is no duration; write \"500ms\""),
        ({"budget": 6}, "budget=6 is no duration"),
        ({"severity": "loud"}, "severity='loud'"),
        ({"tags": "revenue"}, "tags='revenue' is one text"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_argument(arguments, words):
    with pytest.raises(ConfigurationError) as refused:
        declare(**arguments)
    assert words in refused.value.message


def test_a_function_that_is_not_async_is_refused():
    with pytest.raises(ConfigurationError) as refused:

        @journey(every="1m")
        def checkout(run, page):
            return None

    assert refused.value.message == "the journey checkout is not async"
    assert refused.value.hint == "write `async def checkout(run, page):`"


def test_a_function_that_does_not_take_run_and_page_is_refused():
    with pytest.raises(ConfigurationError, match=r"too many positional"):

        @journey(every="1m")
        async def checkout(page):
            return None
