"""Whom an incident is told to."""

from __future__ import annotations

from collections.abc import Callable

from leadline.incidents import RouteRule, choose_targets
from leadline.model import Incident

ALL = ["oncall", "chat", "mail"]
New = Callable[..., Incident]


def test_without_routes_every_target_hears_of_it(incident: New) -> None:
    assert choose_targets(incident(), [], ALL) == ("oncall", "chat", "mail")


def test_every_route_that_matches_adds_its_targets_once(incident: New) -> None:
    routes = [
        RouteRule(app="shop", targets=("oncall",)),
        RouteRule(severity="warning", targets=("mail",)),
        RouteRule(targets=("chat", "oncall")),
    ]
    assert choose_targets(incident(), routes, ALL) == ("oncall", "chat")


def test_a_route_for_a_journey_does_not_match_a_check_of_that_name(incident: New) -> None:
    routes = [RouteRule(journey="checkout", targets=("oncall",)), RouteRule(check="checkout", targets=("chat",))]
    assert choose_targets(incident(monitor="check"), routes, ALL) == ("chat",)


def test_where_no_route_matches_the_fallback_hears_of_it(incident: New) -> None:
    assert choose_targets(incident(), [RouteRule(app="other", targets=("chat",))], ALL, fallback="mail") == ("mail",)


def test_where_no_route_matches_and_there_is_no_fallback_every_target_hears_of_it(incident: New) -> None:
    assert choose_targets(incident(), [RouteRule(app="other", targets=("chat",))], ALL) == ("oncall", "chat", "mail")
