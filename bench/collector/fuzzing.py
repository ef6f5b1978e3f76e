"""Coverage-guided fuzzing of everything that decodes what strangers send: bytes that reach new lines are kept and bred.

In the process itself, by the interpreter's own tracing, so that no further package is needed. msgspec's C code is not
traced, only what our code does with its answers. A decoder may refuse. An exception, or an input that keeps it busy for
a second, goes into the report with its bytes, beside how much the process grew.
"""

from __future__ import annotations

import gzip
import json
import random
import resource
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import msgspec
from bodies import make_bodies

from leadline.wire import (
    Dropped,
    LoggedBeacon,
    decode_beacon,
    decode_logged,
    encode_logged,
    mend_made,
    split_array,
    unpack,
)
from leadline.wire.beacon import Beacon
from leadline_collector.adapters import Foreign
from leadline_collector.adapters.reports import translate
from leadline_collector.admission.policy import OriginRule
from leadline_collector.intake.arrival import merge_headers
from leadline_collector.redaction.addresses import Addresses
from leadline_collector.redaction.agents import read_agent
from leadline_collector.redaction.texts import clean_text, clean_url, origin_of
from leadline_collector.scripts.negotiation import choose_coding, has_already
from leadline_collector.steps.privacy import clean

OURS = ("leadline/wire/", "leadline_collector/")
LONGEST = 20_000
# A thousand times what the slowest honest input takes under the tracer. CPU, so a busy machine accuses nobody.
SLOW_S = 1.0
TOKENS = [
    b"null", b"1e999", b"NaN", b"-1", b'"\\ud800"', b'"\\u0000"', b"[", b"]", b"{", b"}", b'"', b"\\", b"\x00", b"\xff",
    b"csp-report", b"crash_report_api", b"sampling_fraction", b"page_view_id", b"errors", b"vitals", b"https://a.b/?c=d",
    b"x-forwarded-for: ", b"[::1]:80", b", ", b";q=0", b"W/", b"\n", b"\x1f\x8b", b"x\x9c",
    b"password=", b"@", b"4111111111111111", b"eyJ", b'"?a=b"', b"pwd=abc,pwd=abc,", b"events",
]  # fmt: skip


class _UnknownApp:
    """An arrival, as far as redaction reads it: of an unknown app."""

    app = None
    client = "leadline"

    def __init__(self, beacon: Beacon) -> None:
        self.beacon = beacon


def _decode(body: bytes) -> None:
    """What was accepted must be readable after redaction: else the loader would quarantine an acknowledged beacon."""
    decoded = decode_beacon(body)
    if isinstance(decoded, Beacon):
        decoded, _ = mend_made(decoded)
        if isinstance(decoded, Dropped):
            return
        clean(_UnknownApp(decoded))  # type: ignore[arg-type]
        decode_logged(encode_logged(LoggedBeacon(app="a", environment="b", received_at_ms=0, beacon=decoded)))


def _reports(body: bytes) -> None:
    translate(Foreign(body, "pk_shop", "1", frozenset({"c.example"}), received_at_ms=1_795_000_000_000))


def _record(body: bytes) -> None:
    try:
        decode_logged(body)
    except msgspec.MsgspecError:
        return  # what the loader quarantines


def _clean(body: bytes) -> None:
    text = body.decode("utf-8", "replace")
    clean_text(text)
    clean_url(text, frozenset({"utm_source"}))


def _head(body: bytes) -> None:
    """The lines of a head, as name and text."""
    lines = [(name.strip().lower(), text) for name, _, text in (line.partition(b":") for line in body.split(b"\n"))]
    headers = merge_headers(lines)
    for text in headers.values():
        addresses = Addresses(["127.0.0.1", "10.0.0.0/8"])
        addresses.cut(addresses.find_sender("127.0.0.1", text))
        read_agent(text)
        OriginRule(["https://*.shop.example"], None).allows(text)
        said = text.decode("latin-1")
        origin_of(said)
        choose_coding(said, ["br", "gzip"])
        has_already(said, 'W/"a"')


def _unpack(body: bytes) -> None:
    for encoding in ("", "gzip", "deflate"):
        plain = unpack(body, encoding=encoding, max_bytes=100_000)
        if not isinstance(plain, Dropped):
            split_array(plain)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "beacon": _decode,
    "array and packing": _unpack,
    "browser reports": _reports,
    "log record": _record,
    "cleaning": _clean,
    "head": _head,
}


@dataclass
class Fuzzed:
    """Per target: how many inputs, how many lines of ours they reached, and what broke."""

    inputs: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TARGETS, 0))
    lines: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TARGETS, 0))
    slowest_ms: dict[str, float] = field(default_factory=lambda: dict.fromkeys(TARGETS, 0.0))  # CPU, one input
    grown_bytes: int = 0  # of the process's peak, from when each target has had its first thousand
    broken: dict[str, str] = field(default_factory=dict)  # by target and error, the first bytes that did it

    @property
    def holds(self) -> bool:
        return all(self.inputs.values()) and not self.broken


def fuzz(*, is_over: Callable[[], bool], advance: Callable[[int], None], seed: int = 20261124) -> Fuzzed:
    """All targets in turn, a thousand inputs each, until `is_over`."""
    fuzzed = Fuzzed()
    mutators = {name: _Mutator(target, random.Random(seed)) for name, target in TARGETS.items()}
    first_peak_bytes = 0
    while not is_over():
        for name, mutator in mutators.items():
            for _ in range(1000):
                if (broken := mutator.try_one()) is not None:
                    fuzzed.broken.setdefault(f"{name}: {broken[0]}", broken[1])
            fuzzed.inputs[name] += 1000
            fuzzed.lines[name] = len(mutator.seen)
            fuzzed.slowest_ms[name] = mutator.slowest_s * 1000
            advance(1000)
        first_peak_bytes = first_peak_bytes or _peak_bytes()
        fuzzed.grown_bytes = _peak_bytes() - first_peak_bytes
    return fuzzed


def _peak_bytes() -> int:
    # Kilobytes on Linux, bytes on macOS (getrusage(2) of each).
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class _Mutator:
    """Keeps what reached a new line and mutates it."""

    def __init__(self, target: Callable[[bytes], None], chance: random.Random) -> None:
        self.seen: set[tuple[str, int]] = set()
        self.slowest_s = 0.0
        self._target = target
        self._chance = chance
        self._kept = _seeds()

    def try_one(self) -> tuple[str, str] | None:
        """None, or the kind of error and its first bytes."""
        body = self._mutate(self._chance.choice(self._kept))
        fresh: set[tuple[str, int]] = set()
        begun_s = time.thread_time()
        sys.settrace(self._tracer(fresh))
        try:
            self._target(body)
        except Exception as error:
            return type(error).__name__, f"{error} for {body[:200]!r}"
        finally:
            sys.settrace(None)
        took_s = time.thread_time() - begun_s
        self.slowest_s = max(self.slowest_s, took_s)
        if took_s > SLOW_S:
            return "busy", f"{took_s:.1f} s of CPU for {body[:200]!r}"
        if fresh:
            self.seen |= fresh
            self._kept.append(body)
        return None

    def _tracer(self, fresh: set[tuple[str, int]]) -> Callable[[FrameType, str, Any], Any]:
        seen = self.seen

        def trace(frame: FrameType, event: str, _argument: Any) -> Any:
            file = frame.f_code.co_filename
            if not any(part in file for part in OURS):
                return None
            if event == "line" and (place := (file, frame.f_lineno)) not in seen:
                fresh.add(place)
            return trace

        return trace

    def _mutate(self, body: bytes) -> bytes:
        chance = self._chance
        for _ in range(chance.randint(1, 4)):
            at = chance.randint(0, len(body))
            upto = min(len(body), at + chance.randint(0, 12))
            kind = chance.randrange(6)
            if kind == 0:
                body = body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
            elif kind == 1:
                body = body[:at] + chance.choice(TOKENS) + body[upto:]
            elif kind == 2:
                body = body[:at] + body[upto:]
            elif kind == 3:
                body = body[:at] + body[at:upto] * chance.randint(1, 50) + body[upto:]
            elif kind == 4:
                other = chance.choice(self._kept)
                body = body[:at] + other[chance.randint(0, len(other)) :]
            else:
                body = gzip.compress(body, 1) if chance.random() < 0.5 else zlib.compress(body, 1)
        return body[:LONGEST]


def _seeds() -> list[bytes]:
    reports = [
        {"type": "network-error", "age": 1, "url": "https://a.example/x", "body": {"sampling_fraction": 0.1}},
        {"type": "crash", "url": "https://a.example/", "body": {"reason": "oom", "crash_report_api": {"version": "2"}}},
    ]
    legacy = {"csp-report": {"document-uri": "https://a.example", "blocked-uri": "inline", "line-number": 3}}
    texts = [b"token=abcdef 4111 1111 1111 1111 j@x.example", b"https://u:p@a.example/p?utm_source=x&b=j%40x.y#f"]
    beacon = Beacon(key="pk_shop", page_view_id="v")
    record = LoggedBeacon(app="shop", environment="production", received_at_ms=1_795_000_000_000, beacon=beacon)
    return [
        *make_bodies()[:5],
        encode_logged(record),
        json.dumps(reports).encode(),
        json.dumps(legacy).encode(),
        *texts,
    ]
