"""The fact tables as Arrow sees them: one schema a table, in the order of facts.sql (a test compares the two)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

import pyarrow as pa

_TYPES = {
    "text": pa.string(),
    "time": pa.timestamp("us"),
    "day": pa.date32(),
    "int": pa.int32(),
    "big": pa.int64(),
    "real": pa.float64(),
    "flag": pa.bool_(),
    "bytes": pa.binary(),
}


def _schema(columns: str) -> pa.Schema:
    pairs = (word.split(":") for word in columns.split())
    return pa.schema([(name, _TYPES[kind]) for name, kind in pairs])


_ENTRY = "log_file:text log_position:big ordinal:int app:text page_view_id:text occurred_at:time received_at:time"

FACTS: dict[str, pa.Schema] = {
    "beacons": _schema(
        "log_file:text log_position:big app:text environment:text page_view_id:text seq:int ordering:big "
        "occurred_at:time received_at:time session_id:text service_version:text cohort:text url_path:text route:text "
        "trace_id:text synthetic:text country:text browser_name:text device_type:text effective_connection_type:text "
        "sdk_name:text sdk_version:text referrer_origin:text navigation_type:text network_hash:text attributes:text "
        "has_vitals:flag has_errors:flag has_events:flag has_requests:flag "
        "lcp_ms:real inp_ms:real cls:real fcp_ms:real ttfb_ms:real vitals_attribution:text "
        "weight_millionths:big errors_from:int events_from:int requests_from:int"
    ),
    "errors": _schema(
        f"{_ENTRY} error_type:text message:text stack:text fingerprint:text source:text count:big is_harmless:flag"
    ),
    "events": _schema(f"{_ENTRY} name:text value:real attributes:text"),
    "requests": _schema(
        f"{_ENTRY} method:text route:text status_code:int duration_ms:real server_version:text trace_id:text count:big"
    ),
    "runs": _schema(
        "change_position:big run_id:text monitor:text name:text app:text environment:text location:text cohort:text "
        "source:text status:text cause:text scheduled_at:time started_at:time finished_at:time duration_ms:real "
        "error_message:text failed_step:text service_version:text status_code:int trace_id:text confirms_run_id:text "
        "dns_ms:real connect_ms:real tls_ms:real first_byte_ms:real findings:text"
    ),
    "steps": _schema(
        "change_position:big run_id:text ordinal:int step:text status:text started_at:time duration_ms:real "
        "budget_ms:real service_version:text error_message:text"
    ),
    "run_kpis": _schema(
        "change_position:big run_id:text ordinal:int name:text value:real step:text service_version:text "
        "is_within_bounds:flag"
    ),
    "incidents": _schema(
        "change_position:big incident_id:text app:text environment:text monitor:text name:text title:text state:text "
        "severity:text since:time opened_at:time acknowledged_at:time acknowledged_by:text resolved_at:time "
        "service_version:text failing:text kind:text"
    ),
    "notifications": _schema(
        "change_position:big notification_id:text incident_id:text transition:text target:text state:text "
        "attempts:int created_at:time first_attempt_at:time accepted_at:time next_attempt_at:time last_error:text "
        "is_maybe_duplicate:flag kind:text level:text due_at:time"
    ),
    "deployments": _schema(
        "change_position:big deployment_id:text app:text environment:text service_version:text cohort:text "
        "commit_sha:text deployed_at:time marked_by:text committed_at:time"
    ),
    "actions": _schema(
        "change_position:big action_id:text hook:text kind:text state:text cause:text app:text environment:text "
        "service_version:text baseline_version:text incident_id:text verdict_id:text requested_at:time "
        "requested_by:text executed_at:time verified_at:time attempts:int reason:text detail:text evidence:text "
        "error:text recovered_at:time recovery:text"
    ),
    "verdicts": _schema(
        "change_position:big verdict_id:text app:text environment:text service_version:text baseline_version:text "
        "decided_at:time verdict:text reasons:text evidence:text stage:text sentence:text may_act:flag"
    ),
    "flag_changes": _schema(
        "change_position:big change_id:text changed_at:time app:text environment:text flag:text action:text "
        "variant:text reach:text changed_by:text reason:text"
    ),
    "load_reports": _schema("reported_at:time app:text reason:text detail:text amount:big"),
    "quarantine": _schema("log_file:text log_position:big quarantined_at:time reason:text size_bytes:big"),
    "known_names": _schema("app:text kind:text name:text seen_on:day"),
    "network_salts": _schema("day:day salt:bytes"),
}

Row = Sequence[Any]
_IN_ORDER = {table: itemgetter(*schema.names) for table, schema in FACTS.items()}


class Rows:
    """Rows by fact table, as tuples in the order of the schema, on their way to one transaction."""

    def __init__(self) -> None:
        self.by_table: dict[str, list[Row]] = {name: [] for name in FACTS}

    def add(self, table: str, values: dict[str, Any]) -> None:
        """By the names of the schema, in any order. KeyError for a missing one, TypeError for one too many."""
        row = _IN_ORDER[table](values)
        if len(values) != len(row):
            raise TypeError(f"{table} has no {', '.join(sorted(values.keys() - FACTS[table].names))}")
        self.by_table[table].append(row)

    def batches(self) -> Iterable[tuple[str, pa.Table]]:
        """The tables that have rows, each as one Arrow table."""
        for name, rows in self.by_table.items():
            if rows:
                columns = zip(*rows, strict=True)
                arrays = [pa.array(c, type=f.type) for c, f in zip(columns, FACTS[name], strict=True)]
                yield name, pa.Table.from_arrays(arrays, schema=FACTS[name])
