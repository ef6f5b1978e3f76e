"""The tables of leadline.toml about Leadline itself: its home and its services. schema.py has the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from leadline.settings.kinds import Duration, Name, Table
from leadline.settings.values import HeaderName, Listen, MemoryLimit, Network, Url


class HomeSettings(Table):
    path: Path = Path("./.leadline")
    beacon_log: Path | None = None
    records: Path | None = None
    store: Path | None = None
    evidence: Path | None = None
    evidence_max_bytes: int = Field(default=2_000_000_000, gt=0)
    evidence_max_age: Duration = 30 * 86400.0


class CollectorSettings(Table):
    listen: Listen = "127.0.0.1:8081"
    workers: int = Field(default=1, ge=1, le=64)
    rate_per_address: float = Field(default=100.0, gt=0)
    rate_burst: float | None = Field(default=None, gt=0)
    rate_per_key: float | None = Field(default=None, gt=0)
    max_body_bytes: int = Field(default=256 * 1024, gt=0)
    max_decoded_bytes: int = Field(default=1024 * 1024, gt=0)
    min_free_bytes: int = Field(default=100_000_000, ge=0)
    trust_forwarded: list[Network] = Field(default_factory=lambda: ["127.0.0.1", "::1"])
    country_header: HeaderName | None = None
    log_max_bytes: int = Field(default=10_000_000_000, gt=0)


class TokenSettings(Table):
    token: str = Field(min_length=16)
    role: Literal["viewer", "operator", "admin"] = "viewer"


class WebSettings(Table):
    listen: Listen = "127.0.0.1:8080"
    public_url: Url | None = None
    tokens: dict[Name, TokenSettings] = Field(default_factory=dict)
    memory_limit: MemoryLimit | None = None  # the older name of [store] memory_limit
    country_database: str | None = None  # the older name of [store] country_database


class StoreSettings(Table):
    memory_limit: MemoryLimit | None = None
    country_database: str | None = None  # "bundled", "off", or the path of another


class RetentionSettings(Table):
    raw: Duration = 30 * 86400.0
    rollups: Duration = 400 * 86400.0
    evidence: Duration | None = None  # without it, home.evidence_max_age
    records: Duration = 400 * 86400.0


class SchedulerSettings(Table):
    workers: int | None = Field(default=None, ge=1, le=256)  # None: the number of cores
