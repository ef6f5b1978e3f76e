"""Whether users get the old one again: by what they are served, never by what a hook says of itself."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadline.guard.hooks.seam import Act
from leadline.guard.served_version import version_of
from leadline.guard.streaks import Streak
from leadline.guard.verification import Look, Share, UsersSide, Verifier

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
OLD = (200, {"X-App-Version": "1.4.2"}, "")
NEW = (200, {"X-App-Version": "1.5.0"}, "")
GONE = (404, {"X-App-Version": "1.4.2"}, "")
Make = Callable[..., Any]


def share_of(share: Share | None) -> Verifier:
    async def ask(_act: Act, _flag: str | None, _off: str | None, _since: datetime) -> Share | None:
        return share

    return Verifier(ask_share=ask)


async def see(verifier: Verifier, hook: Any, side: UsersSide, act: Act) -> Any:
    return await verifier.look(hook, side, act, since=NOON)


@pytest.fixture
def version_hook(hook: Make) -> Any:
    return hook("command", command=("true",))


@pytest.mark.parametrize(
    ("answers", "is_verified", "said"),
    [
        ([OLD], True, "38 fetches in a row: anyone got 1.4.2"),
        ([NEW], False, "anyone still gets 1.5.0"),
        ([OLD] * 37 + [NEW], False, "anyone still gets 1.5.0"),
        ([(503, {}, "")], False, "HTTP 503"),
        ([(200, {}, "<h1>Shop</h1>")], False, "names no version"),
        ([GONE], False, "anyone: 1.4.2 answers with HTTP 404: set verify_url"),
        ([(403, {"X-App-Version": "1.4.2"}, "")], True, "anyone got 1.4.2"),
        ([(200, {"X-App-Version": "1.3.0"}, "")], True, "anyone got 1.3.0, not 1.4.2"),
    ],
)
async def test_enough_fetches_in_a_row_must_get_another_version(
    version_hook: Any, act: Make, target: Any, answers: list[Any], is_verified: bool, said: str
) -> None:
    target.answers = answers
    side = UsersSide(looks=[Look(label="anyone", url=target.url)])
    seen = await see(Verifier(), version_hook, side, act())
    assert seen.is_verified is is_verified
    assert said in seen.evidence


async def test_every_cohort_is_looked_at_with_its_own_cookie_and_marked_as_synthetic(
    version_hook: Any, act: Make, target: Any
) -> None:
    target.answers = [OLD]
    looks = [Look(label="anyone", url=target.url), Look(label="canary", url=target.url, headers={"Cookie": "v=canary"})]
    assert (await see(Verifier(), version_hook, UsersSide(looks=looks), act())).is_verified
    assert [request.headers.get("cookie") for request in target.requests] == [None] * 3 + ["v=canary"] * 3
    assert all(request.headers["x-leadline-synthetic"] == "1" for request in target.requests)


@pytest.mark.parametrize(
    ("share", "is_verified"),
    [
        (Share(sessions=1000, bad=9), True),
        (Share(sessions=1000, bad=10), False),
        (Share(sessions=19, bad=1), True),
        (Share(sessions=19, bad=2), False),
        (None, True),
    ],
)
async def test_new_sessions_must_be_on_the_old_version_too(
    version_hook: Any, act: Make, target: Any, share: Share | None, is_verified: bool
) -> None:
    target.answers = [OLD]
    side = UsersSide(looks=[Look(label="anyone", url=target.url), Look(label="canary", url=target.url)])
    assert (await see(share_of(share), version_hook, side, act())).is_verified is is_verified


@pytest.mark.parametrize(("share", "needed"), [(0.5, 6), (0.1, 38), (0.01, 390), (None, 38), (1.0, 3)])
def test_a_small_canary_needs_more_fetches(share: float | None, needed: int) -> None:
    assert Streak(share=share).needed == needed


@pytest.mark.parametrize("share", [0.5, 0.1])
def test_a_hook_that_changed_nothing_is_found_out_however_often_it_is_looked_at(share: float) -> None:
    chance = random.Random(2)
    assert sum(is_fooled(share, chance, looks=120) for _ in range(500)) <= 30  # at most 3.3 %


def is_fooled(share: float, chance: random.Random, *, looks: int) -> bool:
    streak = Streak(share=share)
    for _ in range(looks):
        for _ in range(streak.needed):
            if chance.random() < share:
                streak.meet()
                break
        else:
            return True
    return False


@pytest.mark.parametrize(
    ("since", "is_verified", "said"),
    [
        (Share(sessions=100, bad=0), True, "0 of 100 new sessions in cohort 'green'"),
        (Share(sessions=100, bad=48), False, "48 of 100 new sessions in cohort 'green'"),
        (Share(sessions=6, bad=0), False, "0 of 6 new sessions in cohort 'green'; 20 sessions are needed to tell"),
        (None, False, "only new sessions show who is in cohort 'green', and the store does not answer"),
    ],
)
async def test_a_canary_that_is_a_cohort_is_looked_for_in_new_sessions(
    version_hook: Any, act: Make, target: Any, since: Share | None, is_verified: bool, said: str
) -> None:
    async def ask(act: Act, _flag: str | None, _off: str | None, at: datetime) -> Share | None:
        return Share(sessions=600, bad=300) if at < act.requested_at else since

    target.answers = [OLD]
    side = UsersSide(looks=[Look(label="anyone", url=target.url)])
    seen = await see(Verifier(ask_share=ask), version_hook, side, act(canary="cohort:green"))
    assert (seen.is_verified, seen.evidence) == (is_verified, said)


async def test_each_fetch_is_a_visitor_of_its_own(version_hook: Any, act: Make, target: Any) -> None:
    target.answers = [(200, {"X-App-Version": "1.4.2", "Set-Cookie": "v=stable"}, "")]
    side = UsersSide(looks=[Look(label="anyone", url=target.url)])
    await see(Verifier(), version_hook, side, act())
    assert {request.headers.get("cookie") for request in target.requests} == {None}


async def test_the_share_that_the_canary_had_is_that_of_the_hour_before(
    version_hook: Any, act: Make, target: Any
) -> None:
    asked: list[datetime] = []

    async def ask(act: Act, _flag: str | None, _off: str | None, since: datetime) -> Share:
        asked.append(since)
        return Share(sessions=600, bad=300) if since < act.requested_at else Share(sessions=0, bad=0)

    target.answers = [OLD]
    side = UsersSide(looks=[Look(label="anyone", url=target.url)])
    seen = await see(Verifier(ask_share=ask), version_hook, side, act())
    assert seen.evidence == "6 fetches in a row: anyone got 1.4.2; no new session yet"
    assert asked == [act().requested_at - timedelta(hours=1), NOON]


@pytest.mark.parametrize(
    ("told", "is_verified"),
    [
        ({"variant": "off", "reason": "DISABLED"}, True),
        ({"variant": "on", "reason": "SPLIT"}, False),
        ({"errorCode": "GENERAL"}, False),
    ],
)
async def test_a_flag_is_off_where_ofrep_s_own_answer_is_the_off_variant(
    hook: Make, act: Make, target: Any, told: dict[str, str], is_verified: bool
) -> None:
    target.answers = [(200, {"Content-Type": "application/json"}, json.dumps(told))]
    side = UsersSide(ofrep_url=target.url, ofrep_key="pk_shop", flag="new-checkout", off_variant="off")
    seen = await see(Verifier(), hook("flag", flag="new-checkout"), side, act())
    assert seen.is_verified is is_verified
    assert target.requests[0].path == "/ofrep/v1/evaluate/flags/new-checkout"
    assert target.requests[0].headers["x-api-key"] == "pk_shop"


async def test_flagd_answers_a_disabled_flag_as_one_that_is_not_there(hook: Make, act: Make, target: Any) -> None:
    target.answers = [(404, {}, '{"errorCode": "FLAG_NOT_FOUND"}')]
    flagd = hook("flagd", file="flags.json", flag="new-checkout")
    assert (await see(Verifier(), flagd, UsersSide(ofrep_url=target.url), act())).is_verified


@pytest.mark.parametrize(
    ("kind", "more", "canary", "said"),
    [
        ("command", {"command": ("true",)}, "1.5.0", "nowhere to look: set verify_url of the hook, or its app"),
        ("command", {"command": ("true",)}, None, "no version to look for"),
        ("flagd", {"file": "f.json", "flag": "x"}, "1.5.0", "nowhere to look: set ofrep_url"),
    ],
)
async def test_where_nothing_can_be_seen_waiting_does_not_help(
    hook: Make, act: Make, kind: str, more: Any, canary: str | None, said: str
) -> None:
    seen = await see(Verifier(), hook(kind, **more), UsersSide(), act(canary=canary))
    assert (seen.is_verified, seen.can_ever_be) == (False, False)
    assert said in seen.evidence


@pytest.mark.parametrize(
    ("headers", "body", "version"),
    [
        ({"x-app-version": "1.4.2"}, "", "1.4.2"),
        ({"server-timing": 'db;dur=3, version;desc="1.4.2"'}, "", "1.4.2"),
        ({}, '<meta content="1.4.2" name=version>', "1.4.2"),
        ({}, "<meta name='description' content='x'><meta name='version' content='1.4.2'>", "1.4.2"),
        ({}, "<meta name='viewport' content='x'>", None),
    ],
)
def test_a_version_is_read_where_the_app_names_it(headers: dict[str, str], body: str, version: str | None) -> None:
    assert version_of(headers, body) == version
