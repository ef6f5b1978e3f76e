"""What `@journey` takes, and what it refuses at once."""

from __future__ import annotations

import pytest

from leadline import journey
from leadline.errors import ConfigurationError
from leadline.journeys import Journey


async def in_market(run, page, market):
    return None


def declare(function=None, **arguments) -> Journey:
    async def checkout(run, page):
        return None

    return journey(**{"every": "1m", **arguments})(function or checkout)


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
        ({"every": "60"}, "every='60' is not a duration; write \"500ms\""),
        ({"budget": 6}, "budget=6 is not a duration"),
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


def test_parameters_make_a_journey_of_each_combination():
    family = declare(parameters={"market": ["de", "fr"], "device": ["iPhone 15"]}, function=in_market)
    assert [(one.name, one.device) for one in family] == [
        ("in_market[de-iPhone 15]", "iPhone 15"),
        ("in_market[fr-iPhone 15]", "iPhone 15"),
    ]
    assert [one.function.keywords for one in family] == [{"market": "de"}, {"market": "fr"}]


def test_parameters_may_be_a_list_of_tables():
    family = declare(parameters=[{"market": "de"}, {"market": "fr"}], function=in_market, name="buy")
    assert [one.name for one in family] == ["buy[de]", "buy[fr]"]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"market": "de"}, "is not a list of values"),
        ({"market": []}, "is not a list of values"),
        ([], "parameters make 0 journeys"),
        ({"market": list(range(300))}, "parameters make 300 journeys"),
        ([{"market": "a/b"}, {"market": "a:b"}], "two journeys named [a_b]"),
        ({"land": ["de"]}, "can't be called with"),
    ],
)
def test_parameters_that_make_no_journeys_are_refused(parameters, words):
    with pytest.raises(ConfigurationError) as refused:
        declare(parameters=parameters, function=in_market)
    assert words in refused.value.message


def test_a_misspelt_argument_names_the_nearest():
    with pytest.raises(ConfigurationError) as refused:
        journey(evry="5m")
    assert refused.value.message == "@journey takes no evry=; did you mean every=?"


def test_a_journey_without_an_interval_is_refused():
    with pytest.raises(ConfigurationError, match="has no every="):
        journey()
