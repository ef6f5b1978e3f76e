"""Decides whether a statement may run: one SELECT over the documented views, and nothing that reveals the machine.

DuckDB's own settings forbid files, networks and changes of settings; a read-only transaction forbids writes. This adds
the rest: only the views, no catalogue, no function that shows paths or runs text as SQL. It uses DuckDB's own
parse tree, so there is no second grammar to disagree with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from difflib import get_close_matches
from typing import Any

import duckdb

from leadline.errors import QueryRefused

VIEWS = (
    "page_views",
    "vitals",
    "errors",
    "events",
    "requests",
    "sessions",
    "journey_runs",
    "steps",
    "checks",
    "journey_kpis",
    "deployments",
    "incidents",
    "notifications",
    "verdicts",
    "flag_changes",
    "actions",
    "registered_versions",
    "load_reports",
    "users_page_views",
    "users_vitals",
    "users_errors",
    "users_events",
    "users_requests",
    "users_sessions",
)
BOUNDED = tuple(f"{view}_since" for view in ("page_views", "vitals", "errors", "events", "requests", "sessions"))
_TABLE_FUNCTIONS = frozenset(
    {
        *BOUNDED,
        "range",
        "generate_series",
        "unnest",
        "repeat",
        "json_each",
        "json_tree",
        "histogram",
        "histogram_values",
    }
)
# Scalar functions that show settings, paths, other queries or secrets, write to the log, sleep, or parse SQL.
_REFUSED_FUNCTION = re.compile(
    r"^(current_setting|getenv|getvariable|current_query.*|write_log|sleep_ms|pg_(?!size_pretty|typeof).*"
    r"|json_(de)?serialize_sql|json_execute.*|read_.*|.*secret.*|.*_logs?|in_search_path|nextval|currval|txid_current)$"
)
# Longer than any statement that a person types; parsing takes memory.
MAX_SQL_CHARACTERS = 100_000

Node = dict[str, Any]


def check_select(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raises QueryRefused unless `sql` is one SELECT over the views."""
    if len(sql) > MAX_SQL_CHARACTERS:
        raise QueryRefused(f"the SQL is longer than {MAX_SQL_CHARACTERS} characters")
    try:
        statements = cursor.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryRefused(str(error)) from error
    if not statements:
        raise QueryRefused("the SQL is empty", hint="send one SELECT")
    if len(statements) != 1:
        raise QueryRefused(f"one statement at a time; this is {len(statements)}", hint="send one SELECT")
    kind = statements[0].type
    if kind != duckdb.StatementType.SELECT:
        raise QueryRefused(f"only SELECT may be asked, this is {kind.name}", hint="the store is read-only")
    row = cursor.execute("SELECT json_serialize_sql($sql)", {"sql": sql}).fetchone()
    tree: Node = json.loads(row[0]) if row else {"error": True}
    if tree["error"]:
        raise QueryRefused(tree.get("error_message", "this SELECT can't be checked"))
    for statement in tree["statements"]:
        for refusal in _refusals(statement, frozenset()):
            raise QueryRefused(refusal, hint=f"there are the views {', '.join(VIEWS)}")


def _refusals(node: Any, names: frozenset[str]) -> Iterator[str]:
    """Forbidden reads in `node`; `names` are the common table expressions in scope."""
    if isinstance(node, list):
        for child in node:
            yield from _refusals(child, names)
        return
    if not isinstance(node, dict):
        return
    if isinstance(node.get("cte_map"), dict):
        names = yield from _common_tables(node["cte_map"], names)
    if node.get("type") == "RECURSIVE_CTE_NODE":
        names = names | {str(node["cte_name"]).lower()}
    yield from _refused_here(node, names)
    for key, child in node.items():
        if key != "cte_map":
            yield from _refusals(child, names)


def _unknown(name: str) -> str:
    near = get_close_matches(name.lower(), VIEWS, n=1, cutoff=0.7) or [view for view in VIEWS if name.lower() in view]
    return f"{name} is none of the views" + (f"; did you mean {near[0]}?" if near else "")


def _common_tables(cte_map: Node, names: frozenset[str]) -> Generator[str, None, frozenset[str]]:
    """Checks each WITH in order: each may use only earlier ones. Returns the names for the body."""
    for entry in cte_map["map"]:
        yield from _refusals(entry["value"], names)
        names = names | {str(entry["key"]).lower()}
    return names


def _refused_here(node: Node, names: frozenset[str]) -> Iterator[str]:
    kind = node.get("type")
    if kind == "BASE_TABLE":
        name, place = str(node["table_name"]).lower(), (node.get("catalog_name"), node.get("schema_name"))
        if place not in {("", ""), ("", "main")} or (name not in VIEWS and name not in names):
            yield _unknown(".".join([*filter(None, place), node["table_name"]]))
    elif kind == "SHOW_REF" and node.get("query") is None:
        name = str(node.get("table_name", "")).strip('"').lower()
        if name not in (*VIEWS, "tables"):
            yield _unknown(name or "this")
    elif kind == "TABLE_FUNCTION":
        function = node["function"]
        if str(function.get("function_name", "")).lower() not in _TABLE_FUNCTIONS:
            yield f"the table function {function.get('function_name')} may not be called"
    elif kind == "FUNCTION" and _REFUSED_FUNCTION.match(str(node.get("function_name", "")).lower()):
        yield f"the function {node['function_name']} may not be called"
