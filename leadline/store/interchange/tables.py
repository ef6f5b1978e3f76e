"""The tables that are exported and imported, their required columns, and the column that gives a row's day."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

# Of DuckDB's types, those that the documented columns have.
_ARROW_TYPES = {
    "VARCHAR": pa.string(),
    "TIMESTAMP": pa.timestamp("us"),
    "DOUBLE": pa.float64(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "BOOLEAN": pa.bool_(),
}


@dataclass(frozen=True, slots=True)
class ExchangedTable:
    """`needed` columns must be there and without nulls; all others may be missing. `time` says the row's day."""

    name: str
    needed: tuple[str, ...]
    time: str


def _of_views(name: str, *needed: str) -> ExchangedTable:
    return ExchangedTable(name, ("app", "page_view_id", "received_at", *needed), "received_at")


# In the order in which a day is imported: steps and KPIs belong to runs.
TABLES: dict[str, ExchangedTable] = {
    table.name: table
    for table in (
        _of_views("page_views"),
        _of_views("vitals"),
        _of_views("errors", "error_type"),
        _of_views("events", "name"),
        _of_views("requests", "route"),
        ExchangedTable("journey_runs", ("run_id", "journey", "app", "status", "received_at"), "received_at"),
        ExchangedTable("checks", ("run_id", "name", "app", "status", "received_at"), "received_at"),
        ExchangedTable("steps", ("run_id", "step", "status", "received_at"), "received_at"),
        ExchangedTable("journey_kpis", ("run_id", "name", "value", "received_at"), "received_at"),
        ExchangedTable("deployments", ("app", "service_version", "occurred_at"), "occurred_at"),
        ExchangedTable("incidents", ("incident_id", "title", "state", "severity", "occurred_at"), "occurred_at"),
        ExchangedTable(
            "notifications", ("notification_id", "incident_id", "transition", "target", "occurred_at"), "occurred_at"
        ),
        ExchangedTable("verdicts", ("verdict_id", "app", "verdict", "occurred_at"), "occurred_at"),
        ExchangedTable("actions", ("action_id", "hook", "state", "occurred_at"), "occurred_at"),
        ExchangedTable("flag_changes", ("change_id", "flag", "action", "occurred_at"), "occurred_at"),
    )
}
OF_VIEWS = ("page_views", "vitals", "errors", "events", "requests")
# Computed from the others: not exported, and ignored by an import.
DERIVED = ("sessions", "registered_versions", "load_reports")


def columns_of(cursor: duckdb.DuckDBPyConnection, table: str) -> dict[str, pa.DataType]:
    """The documented columns, as Arrow sees them."""
    described = cursor.execute(f"DESCRIBE {TABLES[table].name}").fetchall()
    return {name: _ARROW_TYPES[kind] for name, kind, *_ in described}
