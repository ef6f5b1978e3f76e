"""What the records publish into the home for the collector: each flag that a command made or overrode, and when.

The collector puts it over its own configuration. So an edit of the file takes effect without anybody who publishes, and
a kill takes effect without anybody but the command that writes this file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from leadline.flags.definition import Flag, FlagState, Ring
from leadline.flags.evaluation import FlagSet

__all__ = ["FILE_NAME", "Snapshot", "decode_snapshot", "encode_snapshot", "in_force"]

FILE_NAME = "flags.json"
FORM = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """`states` are all flags that the records know; `published_at` when it was written."""

    published_at: datetime | None = None
    states: tuple[FlagState, ...] = ()
    form: int = FORM


_decoder = msgspec.json.Decoder(Snapshot)
_encoder = msgspec.json.Encoder(order="deterministic")


def encode_snapshot(snapshot: Snapshot) -> bytes:
    return _encoder.encode(snapshot)


def decode_snapshot(text: bytes) -> Snapshot:
    """Raises ValueError for a file that is damaged or of a newer release."""
    try:
        snapshot = _decoder.decode(text)
    except msgspec.MsgspecError as error:
        raise ValueError(f"the published flags can't be read: {error}") from error
    if snapshot.form != FORM:
        raise ValueError(f"the published flags have form {snapshot.form}, and this release knows {FORM}")
    return snapshot


def in_force(app: str, flags: Iterable[Flag], rings: Iterable[Ring], states: Sequence[FlagState]) -> FlagSet:
    """The flags of `app`: those of the file, those that commands made, and what commands set over both.

    An override whose variant the flag no longer has falls back to the kill variant where it was a kill, else it is left
    out: a killed flag never comes back by an edit of the file.
    """
    known = {flag.key: flag for flag in flags if flag.app == app}
    overrides = {}
    for state in states:
        if state.app != app:
            continue
        if state.definition is not None:
            known.setdefault(state.key, state.definition)
        flag, override = known.get(state.key), state.override
        if flag is None or override is None:
            continue
        if override.action == "killed":
            override = replace(override, variant=flag.kill)
        elif {override.variant, *(rule.variant for rule in override.rules)} - set(flag.variants):
            continue
        overrides[state.key] = override
    return FlagSet(known.values(), [ring for ring in rings if ring.app == app], overrides)
