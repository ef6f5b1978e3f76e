"""Whom an incident is told to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from leadline.incidents import RouteRule, Routing, choose_targets
from leadline.model import Incident
from leadline.model.maintenance import Weekly
from leadline.model.rotas import Override, Rota

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


def test_a_route_for_a_tag_matches_what_has_it_and_nothing_else(incident: New) -> None:
    route = RouteRule(targets=("oncall",), monitors=frozenset({("journey", "shop", "checkout")}))
    assert route.matches(incident())
    assert not route.matches(incident(monitor="check"))
    assert not route.matches(incident(name="search"))


def test_a_route_holds_at_its_times_by_the_clocks_of_its_zone(incident: New) -> None:
    night = Weekly(weekdays=frozenset(range(5)), start=time(18), end=time(8), time_zone="Europe/Berlin")
    routing = Routing(targets=tuple(ALL), routes=(RouteRule(targets=("oncall",), when=night),), fallback="chat")

    def paged(at: datetime) -> list[str]:
        return [one.name for one in routing.list_owed(incident(), now=at)]

    assert paged(datetime(2026, 11, 27, 17, tzinfo=UTC)) == ["oncall"]  # Friday, 18:00
    assert paged(datetime(2026, 11, 28, 6, 59, tzinfo=UTC)) == ["oncall"]  # the night that began on Friday
    assert paged(datetime(2026, 11, 28, 7, tzinfo=UTC)) == ["chat"]
    assert paged(datetime(2026, 11, 28, 20, tzinfo=UTC)) == ["chat"]


def test_of_two_routes_to_one_target_the_one_that_repeats_sooner_counts(incident: New) -> None:
    minutes = [None, timedelta(minutes=30), timedelta(minutes=15)]
    routes = tuple(RouteRule(targets=("oncall",), repeat_every=one) for one in minutes)
    [owed] = Routing(targets=tuple(ALL), routes=routes).list_owed(incident())
    assert owed.repeat_every == timedelta(minutes=15)


def test_a_rota_is_whoever_is_on_call_when_the_page_is_due(incident: New) -> None:
    opened = incident().opened_at
    soon = opened + timedelta(minutes=10)
    rota = Rota(
        people=("oncall",),
        first=date(2026, 1, 5),
        overrides=(Override("chat", opened, soon), Override("mail", soon, soon + timedelta(hours=1))),
    )
    route = RouteRule(targets=("duty",), escalate_after=timedelta(minutes=10), escalate_to=("duty",))
    routing = Routing(targets=tuple(ALL), routes=(route,), rotas={"duty": rota})
    assert [(one.name, one.level) for one in routing.list_owed(incident())] == [
        ("chat", "first"),
        ("mail", "escalation"),
    ]
    again = routing.list_owed(incident(), now=soon)
    assert [one.name for one in again if one.level == "first"] == ["mail"]
    late = routing.list_owed(incident(), now=opened + timedelta(days=1))
    assert [one.name for one in late] == ["oncall", "oncall"]
