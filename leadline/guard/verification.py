"""Verifies that users get the old version again, or the off variant: from their side, never by a hook's answer.

Synthetic fetches in a row, as anyone and as each cohort, see another version than the canary's: as many as rule out
that a hook changed nothing. Or OFREP's own answer is the off variant, several times in a row. Where the store answers,
fewer than 1 % of new sessions are on the canary.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

import httpx

from leadline.guard.hooks.seam import Act, Hook
from leadline.guard.served_version import version_of
from leadline.guard.shares import FEWEST_SESSIONS, Share, cohort_of
from leadline.guard.streaks import FEWEST, Streak

__all__ = ["Look", "Seen", "Share", "UsersSide", "Verifier"]

# Evaluations of a flag: a killed one is off for everybody, so chance plays no part.
IN_A_ROW = 3
# Fetches at the same time, where many are needed.
AT_ONCE = 8
# The cohort whose visitors get the canary, whatever its share of users is.
CANARY = "canary"
# Whose sessions show what share of users the canary had.
SHARE_OVER = timedelta(hours=1)
# New sessions on the bad version or variant, at most.
MOST_SHARE = 0.01
# And where they are too few for a share: one tab that had loaded the page before says nothing, two do.
MOST_OF_FEW = 1
# An answer that asks who you are is an answer of that version.
_LOGIN = {401, 403}
FETCH_TIMEOUT_S = 5.0
MARKED = {"User-Agent": "Mozilla/5.0 LeadlineSynthetic/1", "X-Leadline-Synthetic": "1", "Cache-Control": "no-cache"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One way in which a user gets the app; `label` names it in the evidence."""

    label: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersSide:
    """Where to check. `ofrep_url` with `ofrep_key` for a flag whose off variant is `off_variant`."""

    looks: Sequence[Look] = ()
    ofrep_url: str | None = None
    ofrep_key: str = ""
    flag: str | None = None
    off_variant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """`can_ever_be`: False if there is nothing to check, and waiting won't help. `is_answered`: False if a flag's OFREP
    address gave no answer.
    """

    is_verified: bool
    evidence: str
    can_ever_be: bool = True
    is_answered: bool = True


AskShare = Callable[[Act, str | None, str | None, datetime], Awaitable[Share | None]]


async def nobody_knows(_act: Act, _flag: str | None, _off: str | None, _since: datetime) -> Share | None:
    return None


class Verifier:
    """`ask_share` asks the store; None if it does not answer. `transport` is for tests."""

    def __init__(
        self, *, ask_share: AskShare = nobody_knows, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._ask_share = ask_share
        self._transport = transport
        self._tls: ssl.SSLContext | None = None

    async def look(
        self, hook: Hook, side: UsersSide, act: Act, *, since: datetime, streak: Streak | None = None
    ) -> Seen:
        """One look; the caller looks again until the deadline, with the same `streak`."""
        spec = hook.spec
        flag = spec.flag if spec.kind in ("flag", "flagd", "launchdarkly", "unleash") else None
        if flag is not None:
            seen = await self._look_at_flag(hook, side, flag)
        elif act.canary is None:
            return Seen(is_verified=False, evidence="no version to look for: name it with --canary", can_ever_be=False)
        elif (cohort := cohort_of(act.canary)) is not None:
            return await self._look_at_cohort(act, cohort, streak or Streak(), since)
        elif not side.looks:
            said = "nowhere to look: set verify_url of the hook, or its app and the base_url of that app"
            return Seen(is_verified=False, evidence=said, can_ever_be=False)
        else:
            seen = await self._look_at_version(side, act, act.canary, streak or Streak())
        if not seen.is_verified:
            return seen
        share = await self._ask_share(act, flag, side.off_variant, since)
        return _with_share(seen, share)

    async def _look_at_version(self, side: UsersSide, act: Act, canary: str, streak: Streak) -> Seen:
        """As anyone, whether they get the canary may be chance, unless the canary's own cohort is looked at too."""
        is_by_chance = all(look.label != CANARY for look in side.looks)
        if is_by_chance:
            await self._learn_share(act, streak)
        said: dict[int, list[str]] = {}
        for number, look in enumerate(side.looks):
            own = streak if is_by_chance and number == 0 else Streak(share=1.0)
            seen = await self._fetch_until_sure(look, canary, own)
            if not seen.is_verified:
                return seen
            other = "" if act.baseline is None or seen.evidence == act.baseline else f", not {act.baseline}"
            said.setdefault(own.needed, []).append(f"{look.label} got {seen.evidence}{other}")
        parts = [f"{count} fetches in a row: {'; '.join(looks)}" for count, looks in said.items()]
        return Seen(is_verified=True, evidence="; ".join(parts))

    async def _look_at_cohort(self, act: Act, cohort: str, streak: Streak, since: datetime) -> Seen:
        """No answer to a fetch names a cohort: only new sessions show whether users still get it."""
        await self._learn_share(act, streak)
        share = await self._ask_share(act, None, None, since)
        if share is None:
            said = f"only new sessions show who is in cohort {cohort!r}, and the store does not answer"
            return Seen(is_verified=False, evidence=said)
        said = f"{share.bad} of {share.sessions} new sessions in cohort {cohort!r}"
        needed = max(FEWEST_SESSIONS, streak.needed)
        if share.sessions < needed:
            return Seen(is_verified=False, evidence=f"{said}; {needed} sessions are needed to tell")
        return Seen(is_verified=share.bad / share.sessions < MOST_SHARE, evidence=said)

    async def _learn_share(self, act: Act, streak: Streak) -> None:
        if streak.share is not None:
            return
        before = await self._ask_share(act, None, None, act.requested_at - SHARE_OVER)
        if before is not None and before.bad and before.sessions >= FEWEST_SESSIONS:
            streak.share = before.bad / before.sessions

    async def _fetch_until_sure(self, look: Look, canary: str, streak: Streak) -> Seen:
        """The first ones one after the other, since few are needed where they tell; the evidence is what was served."""
        found: list[str] = []
        while not found or streak.clean < streak.needed:
            at_once = 1 if streak.clean < FEWEST else max(1, min(AT_ONCE, streak.needed - streak.clean))
            for version, problem in await asyncio.gather(*(self._fetch_version(look) for _ in range(at_once))):
                if version == canary:
                    streak.meet()
                    return Seen(is_verified=False, evidence=f"{look.label} still gets {canary}")
                if version is None or problem:
                    streak.clean = 0
                    return Seen(is_verified=False, evidence=f"{look.label}: {problem}")
                streak.clean += 1
                found.append(version)
        return Seen(is_verified=True, evidence=" and ".join(dict.fromkeys(found)))

    async def _fetch_version(self, look: Look) -> tuple[str | None, str]:
        """Each fetch is a visitor of its own: no cookie and no connection of the last one, which may keep it where that
        one was."""
        async with self._client() as client:
            return await _fetch_version(client, look)

    async def _look_at_flag(self, hook: Hook, side: UsersSide, flag: str) -> Seen:
        if side.ofrep_url is None:
            is_off = getattr(hook, "is_off", None)
            if is_off is None:
                said = "nowhere to look: set ofrep_url of the hook"
                return Seen(is_verified=False, evidence=said, can_ever_be=False)
            said = await hook.status()
            return Seen(is_verified=await is_off() is True, evidence=f"the service says: {said}")
        url = f"{side.ofrep_url.rstrip('/')}/ofrep/v1/evaluate/flags/{quote(flag, safe='')}"
        async with self._client() as client:
            for number in range(IN_A_ROW):
                is_off_now, said = await _evaluate(client, url, side, number)
                if is_off_now is None:
                    return Seen(is_verified=False, evidence=said, is_answered=False)
                if not is_off_now:
                    return Seen(is_verified=False, evidence=said)
        return Seen(is_verified=True, evidence=f"{IN_A_ROW} evaluations in a row: {said}")

    def _client(self) -> httpx.AsyncClient:
        if self._tls is None:
            self._tls = httpx.create_ssl_context(trust_env=False)
        return httpx.AsyncClient(
            timeout=FETCH_TIMEOUT_S,
            follow_redirects=True,
            trust_env=False,
            transport=self._transport,
            verify=self._tls,
        )


async def _fetch_version(client: httpx.AsyncClient, look: Look) -> tuple[str | None, str]:
    try:
        answer = await client.get(look.url, headers={**MARKED, **look.headers})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return None, f"no answer: {type(error).__name__} {error}".strip()
    if answer.status_code >= 500:
        return None, f"HTTP {answer.status_code}"
    version = version_of(answer.headers, answer.text)
    if answer.status_code >= 400 and answer.status_code not in _LOGIN and version is not None:
        said = f"{version} answers with HTTP {answer.status_code}: set verify_url of the hook to a page of users"
        return version, said
    return version, "" if version else "the answer names no version (X-App-Version, Server-Timing, or a meta tag)"


async def _evaluate(client: httpx.AsyncClient, url: str, side: UsersSide, number: int) -> tuple[bool | None, str]:
    """Whether the answer is the off variant, None without an answer; and what was said."""
    asked = {"context": {"targetingKey": f"leadline-verifies-{number}"}}
    headers = {"Content-Type": "application/json", **({"X-API-Key": side.ofrep_key} if side.ofrep_key else {})}
    try:
        answer = await client.post(url, content=json.dumps(asked).encode(), headers=headers)
        told = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return None, f"OFREP does not answer: {type(error).__name__} {error}".strip()
    if not isinstance(told, dict):
        return False, "OFREP answers with no object"
    said = str(told.get("variant") or told.get("errorCode") or f"HTTP {answer.status_code}")
    # flagd answers a disabled flag like an unknown one: the code's default then applies.
    is_disabled = told.get("reason") == "DISABLED" or told.get("errorCode") in ("FLAG_NOT_FOUND", "FLAG_DISABLED")
    is_off = told.get("variant") == side.off_variant if side.off_variant is not None else is_disabled
    return is_off, f"OFREP answers {said!r}"


def _with_share(seen: Seen, share: Share | None) -> Seen:
    if share is None:
        return Seen(is_verified=True, evidence=f"{seen.evidence}; the share of new sessions is not known")
    if share.sessions == 0:
        return Seen(is_verified=True, evidence=f"{seen.evidence}; no new session yet")
    if share.sessions < FEWEST_SESSIONS:
        said = f"{seen.evidence}; {share.bad} of {share.sessions} new sessions on it"
        return Seen(is_verified=share.bad <= MOST_OF_FEW, evidence=said)
    said = f"{share.bad} of {share.sessions} new sessions on it ({share.bad / share.sessions * 100:.2g} %)"
    is_low = share.bad / share.sessions < MOST_SHARE
    return Seen(is_verified=is_low, evidence=f"{seen.evidence}; {said}")
