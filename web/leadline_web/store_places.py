"""What the store process needs of the settings, handed over by web: a broken leadline.toml must not keep it from
starting again."""

from __future__ import annotations

from pathlib import Path

import msgspec

from leadline.settings import Settings


class StorePlaces(msgspec.Struct, frozen=True, kw_only=True):
    """Paths and limits; a command-line argument as JSON."""

    store: Path
    beacon_log: Path
    records: Path
    memory_limit: str
    log_max_bytes: int
    country_database: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> StorePlaces:
        return cls(
            store=settings.paths.store,
            beacon_log=settings.paths.beacon_log,
            records=settings.paths.records,
            memory_limit=settings.web.memory_limit,
            log_max_bytes=settings.collector.log_max_bytes,
            country_database=settings.country_database,
        )

    def as_argument(self) -> str:
        return msgspec.json.encode(msgspec.to_builtins(self, enc_hook=str)).decode()

    @classmethod
    def from_argument(cls, text: str) -> StorePlaces:
        return msgspec.json.decode(text, type=cls, dec_hook=lambda kind, value: kind(value))
