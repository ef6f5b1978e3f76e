"""Shared parts of the tables: the names of keys, and two column types that databases handle differently."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import DateTime, MetaData, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

__all__ = ["Moment", "Nouns", "metadata"]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware time, stored in UTC. SQLite has no zones and returns naive ones; naive ones are rejected here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Nouns(TypeDecorator[Any]):
    """A tuple of frozen nouns as a JSON text; decoded into its type, so that callers get typed values."""

    impl = Text
    cache_ok = True  # by `type_`: without it SQLAlchemy would compile every statement on these tables again

    def __init__(self, type_: Any) -> None:
        super().__init__()
        self.type_ = type_
        self._decoder = msgspec.json.Decoder(type_)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002
        return msgspec.json.encode(value or ()).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return self._decoder.decode(value or "[]")
