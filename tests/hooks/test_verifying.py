"""Whether users get the old one again: by what they are served, never by what a hook says of itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from leadline.guard.hooks.seam import Act
from leadline.guard.served_version import version_of
from leadline.guard.verification import Look, Share, UsersSide, Verifier

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
OLD = (200, {"X-App-Version": "1.4.2"}, "")
NEW = (200, {"X-App-Version": "1.5.0"}, "")
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
        ([OLD], True, "3 fetches in a row: anyone got 1.4.2"),
        ([NEW], False, "anyone still gets 1.5.0"),
        ([OLD, OLD, NEW], False, "anyone still gets 1.5.0"),
        ([(503, {}, "")], False, "HTTP 503"),
        ([(200, {}, "<h1>Shop</h1>")], False, "names no version"),
    ],
)
async def test_three_fetches_in_a_row_must_get_another_version(
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
        (Share(sessions=19, bad=19), True),
        (None, True),
    ],
)
async def test_new_sessions_must_be_below_one_percent_where_there_are_enough(
    version_hook: Any, act: Make, target: Any, share: Share | None, is_verified: bool
) -> None:
    target.answers = [OLD]
    side = UsersSide(looks=[Look(label="anyone", url=target.url)])
    assert (await see(share_of(share), version_hook, side, act())).is_verified is is_verified


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
