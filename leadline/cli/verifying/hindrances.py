"""Explains from what was seen why no beacon arrives, with the line that fixes it. Pure; the causes are a closed set.

The order is that of a beacon's path: page, tag, script, start, post, answer. The first broken part is the cause;
further problems are listed with it, so that they can be fixed together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from leadline.cli.starting.first_look import origin_of
from leadline.cli.verifying.known import Known
from leadline.cli.verifying.policies import mend_policy
from leadline.cli.verifying.sighting import Answer, Sighting, Violation
from leadline.wire.snippet import VERSION_TO_FILL_IN


class Cause(StrEnum):
    """Why no beacon arrives; ACCEPTED means that it does."""

    ACCEPTED = "accepted"
    PAGE = "page"
    NO_TAG = "no_tag"
    NO_KEY = "no_key"
    SCRIPT_MISSING = "script_missing"
    CSP = "csp"
    INTEGRITY = "integrity"
    MIXED_CONTENT = "mixed_content"
    BLOCKED = "blocked"
    COLLECTOR_DOWN = "collector_down"
    NOT_STARTED = "not_started"
    CONSENT = "consent"
    SAMPLED = "sampled"
    SILENT = "silent"
    NO_WAY = "no_way"
    UNKNOWN_KEY = "unknown_key"
    ORIGIN = "origin"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Said:
    """One problem, and the line that fixes it."""

    cause: Cause
    words: str
    mend: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`mend` is the line to add or change, or None."""

    cause: Cause
    words: str
    mend: str | None = None
    sighting: Sighting
    also: tuple[Said, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_arriving(self) -> bool:
        return self.cause is Cause.ACCEPTED


def explain(seen: Sighting, known: Known) -> Finding:
    """The first broken part on the beacon's path, or ACCEPTED; and further problems."""
    steps = (_page, _answered, _tag, _policy, _script, _start, _silence)
    said = next(said for step in steps if (said := step(seen, known)) is not None)
    also = () if said.cause is Cause.ACCEPTED else tuple(one for one in _later(seen, known) if one.cause != said.cause)
    notes = tuple(_notes(seen, known))
    return Finding(cause=said.cause, words=said.words, mend=said.mend, sighting=seen, also=also, notes=notes)


def _later(seen: Sighting, known: Known) -> Iterator[Said]:
    """Problems at the collector, as far as the configuration shows, even if the beacon did not get that far."""
    if seen.source is None or (seen.beacon is not None and seen.beacon.failure is None):
        return
    if known.is_collector_up is False:
        yield Said(Cause.COLLECTOR_DOWN, f"nothing answers at {known.collector}", "leadline up")
    if known.keys and seen.key is not None and seen.key not in known.keys:
        yield Said(Cause.UNKNOWN_KEY, f"the key {seen.key!r} is not in leadline.toml", f'data-key="{known.key}"')
    origin = origin_of(seen.final_url)
    if known.origins and not any(fnmatchcase(origin, pattern) for pattern in known.origins):
        yield _foreign(origin, f"the collector would reject beacons from {origin}", known)


def _foreign(origin: str, words: str, known: Known) -> Said:
    listed = ", ".join(f'"{one}"' for one in dict.fromkeys([*known.origins, origin]))
    return Said(Cause.ORIGIN, words, f"origins = [{listed}]  # in leadline.toml, [[app]] {known.app}")


def _page(seen: Sighting, _known: Known) -> Said | None:
    if seen.page_trouble is not None:
        return Said(Cause.PAGE, f"the page can't be opened: {seen.page_trouble}", None)
    if seen.source is None and seen.beacon is None and seen.page_status is not None and seen.page_status >= 400:
        return Said(Cause.PAGE, f"the page answers with HTTP {seen.page_status} and carries no tag", None)
    return None


def _answered(seen: Sighting, known: Known) -> Said | None:
    beacon = seen.beacon
    if beacon is None:
        return None
    if beacon.failure is not None:
        return _lost(beacon, seen, known, what="beacon")
    if beacon.status in {200, 204}:
        return Said(Cause.ACCEPTED, "a beacon was sent and is on disk", None)
    match beacon.reason:
        case "unknown_key" | "key_revoked":
            said = "was revoked" if beacon.reason == "key_revoked" else "is not known to the collector"
            return Said(Cause.UNKNOWN_KEY, f"401: the key {seen.key or ''!r} {said}", f'data-key="{known.key}"')
        case "origin":
            origin = origin_of(seen.final_url)
            return _foreign(origin, f"403: the collector rejects beacons from {origin}", known)
        case "log_unavailable":
            return Said(Cause.COLLECTOR_DOWN, "503: the collector runs and can't write its log", "leadline status")
        case None:
            return _answered_by_another(beacon, known)
        case reason:
            return Said(
                Cause.DROPPED, f"{beacon.status}: not kept, {reason}", beacon.remedy or f"docs/drops.md, {reason}"
            )


def _answered_by_another(beacon: Answer, known: Known) -> Said:
    if beacon.status in {502, 503, 504}:
        return _down(f"the web server answers {beacon.status} for {beacon.url}", known)
    words = f"POST {beacon.url} is answered with {beacon.status}, not by the collector"
    return Said(Cause.NO_WAY, f"{words}: the web server must forward all of /_l/", known.proxy)


def _tag(seen: Sighting, known: Known) -> Said | None:
    if seen.source is None:
        return Said(Cause.NO_TAG, "the page has no tag (nor was one added within two seconds)", known.tag)
    if seen.key is None:
        return Said(Cause.NO_KEY, "the tag has no data-key", f'data-key="{known.key}"')
    return None


def _policy(seen: Sighting, _known: Known) -> Said | None:
    """The page's own policy forbids the script, or its beacon."""
    assert seen.source is not None
    to = seen.attributes.get("to")
    base = origin_of(to) if to and "://" in to else origin_of(seen.source)
    forbidden: dict[str, Said] = {}
    for one in seen.violations:
        if one.directive.startswith("script-src") and _is_of(one, origin_of(seen.source)):
            forbidden.setdefault("script-src", _forbidden(one, seen.source, seen))
        if one.directive == "connect-src" and _is_of(one, base):
            forbidden.setdefault("connect-src", _forbidden(one, one.blocked, seen))
    if not forbidden:
        return None
    told = list(forbidden.values())
    words = "; and ".join(one.words for one in told)
    return Said(Cause.CSP, words, "\n".join(dict.fromkeys(one.mend for one in told if one.mend is not None)))


def _is_of(violation: Violation, origin: str) -> bool:
    return origin_of(violation.blocked) == origin and urlsplit(violation.blocked).path.endswith((".js", "/v1/b"))


def _forbidden(violation: Violation, address: str, seen: Sighting) -> Said:
    words = f"the page's Content-Security-Policy forbids {address} ({violation.directive})"
    return Said(Cause.CSP, words, mend_policy(violation, address=address, page=seen.final_url))


def _script(seen: Sighting, known: Known) -> Said | None:
    if seen.is_started:
        return None
    assert seen.source is not None
    page, source = urlsplit(seen.final_url), urlsplit(seen.source)
    if page.scheme == "https" and source.scheme == "http":
        words = f"an https page can't load {seen.source} over http"
        return Said(Cause.MIXED_CONTENT, words, f'src="/_l/b.js", and in the web server:\n{known.proxy}')
    script = seen.script
    if script is None:
        return None
    if script.failure is not None:
        return _lost(script, seen, known, what="script")
    if script.status in {502, 503, 504}:
        return _down(f"the web server answers {script.status} for {script.url}", known)
    if script.status is not None and script.status >= 400:
        words = f"{script.url} is answered with {script.status}: the web server does not forward it to the collector"
        words += ", which runs" if known.is_collector_up else ""
        return Said(Cause.SCRIPT_MISSING, words, known.proxy)
    if "javascript" not in script.content_type:
        words = f"{script.url} is answered with {script.content_type or 'no type'}, a page, not the script"
        return Said(Cause.SCRIPT_MISSING, words, known.proxy)
    if script.reason == "key_revoked":
        words = "the script is served empty: the key in its address was revoked"
        return Said(Cause.UNKNOWN_KEY, words, f'?key={known.key} in src, and data-key="{known.key}"')
    if script.reason is not None:
        words = f"the script is served empty: {script.reason}"
        return Said(Cause.DROPPED, words, f"on = true  # in leadline.toml, [[app]] {known.app}")
    if any("integrity" in line and "digest" in line for line in seen.console):
        words = "the script does not match the tag's integrity: it was rebuilt, or something changed it"
        return Said(Cause.INTEGRITY, words, "leadline snippet  # prints the tag again")
    return None


def _lost(answer: Answer, seen: Sighting, known: Known, *, what: str) -> Said:
    failure = answer.failure or ""
    if failure in {"csp", "net::ERR_BLOCKED_BY_CSP"}:
        directive = "script-src" if what == "script" else "connect-src"
        one = Violation(directive=directive, blocked=answer.url, policy="")
        return _forbidden(
            next((v for v in seen.violations if v.directive.startswith(directive)), one), answer.url, seen
        )
    if failure == "mixed-content":
        return Said(Cause.MIXED_CONTENT, f"an https page can't reach {answer.url} over http", known.proxy)
    if failure == "inspector" or "BLOCKED_BY_CLIENT" in failure:
        words = f"something in the browser blocks {answer.url} (an extension, or a tracker list)"
        return Said(Cause.BLOCKED, words, f"serve it from the page's own origin, under your own path:\n{known.proxy}")
    if "NAME_NOT_RESOLVED" in failure:
        host = urlsplit(answer.url).hostname
        words = f"the name {host} does not exist in the DNS, or a blocker answers for it"
        return Said(Cause.BLOCKED, words, f"serve it from the page's own origin:\n{known.proxy}")
    return _down(f"nothing answers at {answer.url} ({failure.removeprefix('net::')})", known)


def _down(words: str, known: Known) -> Said:
    if known.is_collector_up:
        words = f"{words}, although the collector runs: it listens on another address, {known.collector}"
        return Said(Cause.NO_WAY, words, known.proxy)
    mend = f"leadline up  # its collector listens on {known.collector}"
    return Said(Cause.COLLECTOR_DOWN, f"{words}: the collector is down or elsewhere", mend)


def _start(seen: Sighting, _known: Known) -> Said | None:
    if seen.is_started:
        return None
    said = next((line for line in seen.console if "leadline" in line.lower()), seen.console[0] if seen.console else "")
    words = "the script was loaded but did not start" + (f"; the console says: {said}" if said else "")
    mend = "<script async …>, not type=module and not bundled; or the app is off and the script is empty"
    return Said(Cause.NOT_STARTED, words, mend)


def _silence(seen: Sighting, _known: Known) -> Said:
    if seen.attributes.get("consent") == "required":
        return Said(
            Cause.CONSENT, "the script waits for consent", "leadline.consent(true)  // when the visitor has agreed"
        )
    if seen.is_sampled_out:
        share = seen.attributes.get("sample", "")
        return Said(
            Cause.SAMPLED, f"this session is not in the tag's sample ({share} of sessions report)", 'data-sample="1"'
        )
    told = next((line for line in seen.console if line.startswith("leadline: ")), None)
    return Said(Cause.SILENT, f"the script runs but sends nothing{f': {told}' if told else ''}", "leadline drops")


def _notes(seen: Sighting, known: Known) -> Iterator[str]:
    """Notes that help even if beacons arrive."""
    if seen.source is not None and seen.service_version is None:
        yield 'the page names no version: data-version="…", <meta name="version"> or Server-Timing'
    elif seen.service_version == VERSION_TO_FILL_IN:
        yield f'data-version still says "{VERSION_TO_FILL_IN}"'
    if known.sample < 1:  # synthetic views like this one are always kept
        yield f"of people's sessions {known.sample:g} are kept: sample in leadline.toml, [[app]] {known.app}"
    if (share := seen.attributes.get("sample")) is not None and seen.beacon is not None:
        yield f"of people's sessions {share} report: data-sample in the tag"
