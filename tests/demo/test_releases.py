"""Who gets which version, and that it stays so."""

from __future__ import annotations

import pytest
from shop.basket import add, read_basket, total_eur, write_basket
from shop.releases import CANARY, STABLE, Assignment


@pytest.mark.parametrize("release", [STABLE, CANARY])
def test_a_visitor_who_comes_back_stays_where_they_are_whatever_the_share(release) -> None:
    for share in (0.0, 0.5, 1.0):
        assert Assignment(canary_share=share, seed=1).release_for(release.cookie) == (release, False)


def test_new_visitors_are_drawn_by_share() -> None:
    assignment = Assignment(canary_share=0.25, seed=7)
    for _ in range(4000):
        assignment.release_for(None)
    # four standard deviations of a binomial of 4,000 at 0.25
    assert assignment.drawn[CANARY.version] == pytest.approx(1000, abs=4 * 27.4)


def test_without_a_share_nobody_new_meets_the_canary() -> None:
    assignment = Assignment(canary_share=0.0, seed=7)
    assert {assignment.release_for(None)[0] for _ in range(200)} == {STABLE}


def test_the_same_seed_draws_the_same_visitors() -> None:
    first, second = (Assignment(canary_share=0.5, seed=3) for _ in range(2))
    assert [first.release_for(None) for _ in range(50)] == [second.release_for(None) for _ in range(50)]


def test_an_unknown_cookie_is_a_new_visitor() -> None:
    assert Assignment(canary_share=1.0, seed=1).release_for("<script>") == (CANARY, True)


def test_a_basket_survives_its_cookie() -> None:
    basket = add(add(add({}, "storm-lantern"), "enamel-mug"), "storm-lantern")
    assert read_basket(write_basket(basket)) == {"storm-lantern": 2, "enamel-mug": 1}
    assert total_eur(basket) == 110.0


@pytest.mark.parametrize(
    "cookie", [None, "", "!!!", "gold.1", "enamel-mug", "enamel-mug.0", "enamel-mug.-3", "enamel-mug.²", "<b>.1"]
)
def test_a_basket_that_makes_no_sense_is_empty(cookie: str | None) -> None:
    assert read_basket(cookie) == {}


def test_nobody_orders_more_than_nine_of_one_thing() -> None:
    assert read_basket("enamel-mug.99999999999999999999") == {"enamel-mug": 9}
