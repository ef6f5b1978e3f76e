"""The people: the same ones each time, and nothing about them says synthetic."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from visitors.chromium import launch_arguments
from visitors.crowd import Crowd
from visitors.plan import LAPTOP, PRODUCTS, Visit, Want, plan_visits
from visitors.visit import make_visit

from leadline.wire.synthetic import is_marked_user_agent


def test_the_same_seed_plans_the_same_visits() -> None:
    assert list(islice(plan_visits(7), 50)) == list(islice(plan_visits(7), 50))
    assert list(islice(plan_visits(7), 50)) != list(islice(plan_visits(8), 50))


def test_some_bounce_some_look_and_most_buy() -> None:
    wants = Counter(visit.want for visit in islice(plan_visits(7), 2000))
    # four standard deviations of a binomial of 2,000 at 0.75
    assert wants[Want.BUY] == pytest.approx(1500, abs=4 * 19.4)
    assert set(wants) == set(Want)


def test_every_product_that_visitors_want_is_sold() -> None:
    from shop.catalogue import PRODUCTS as SOLD

    assert set(PRODUCTS) == set(SOLD)


def test_the_browser_says_it_is_a_person() -> None:
    (agent,) = (argument for argument in launch_arguments(None) if argument.startswith("--user-agent="))
    assert not is_marked_user_agent(agent)
    assert "Headless" not in agent


@pytest.mark.parametrize(("before", "after"), [(1.0, 0.2), (0.1, 0.1)])
def test_told_so_fewer_come_and_never_more(before: float, after: float) -> None:
    crowd = Crowd("http://127.0.0.1:8082", before, seed=7)
    crowd.slow_down()
    assert crowd.per_second == after


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("want", "fault", "ending"),
    [
        (Want.BOUNCE, None, "bounced"),
        (Want.LOOK, None, "looked"),
        (Want.BUY, None, "bought"),
        (Want.BUY, "dead_button", "gave up"),
        (Want.BUY, "script_error", "bought"),
    ],
)
async def test_a_visit_ends_as_the_shop_lets_it(browser, shop, want: Want, fault: str | None, ending: str) -> None:
    for version in ("1.4.2", "1.5.0") if fault else ():
        shop.switch(fault, version=version)
    visit = Visit(1, want, "enamel-mug", LAPTOP, 1.0)
    assert await make_visit(browser, base_url=shop.url, visit=visit) == ending


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="module")
async def test_who_sees_an_order_on_its_way_waits_for_it(browser, shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "shop.visit.SLOWNESS_S", 1.2
    )  # the order and its thank-you page: longer than the patience of 2 s
    shop.switch("slowness", version="1.5.0")
    shop.switch("slowness", version="1.4.2")
    visit = Visit(1, Want.BUY, "enamel-mug", LAPTOP, 1.0)
    assert await make_visit(browser, base_url=shop.url, visit=visit) == "bought"


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="module")
async def test_a_shop_that_is_gone_is_said_not_raised(browser) -> None:
    visit = Visit(1, Want.BUY, "enamel-mug", LAPTOP, 1.0)
    assert (await make_visit(browser, base_url="http://127.0.0.1:9", visit=visit)).startswith("failed: ")
