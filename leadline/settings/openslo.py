"""OpenSLO v1 documents from `[[slo]]` tables, and `[[slo]]` tables from documents.

OpenSLO (github.com/OpenSLO/OpenSLO, README of v1) lets each tool define its metric source: ours has `type: leadline`
and `spec.indicator`. Its alert condition has only one window; the second one of a multi-window rule is in the
annotation `leadline/short-window` of the condition. A source that Leadline can't measure is an error, never a guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import yaml

from leadline.errors import ConfigurationError
from leadline.model.burn_rows import scaled_rows
from leadline.model.indicators import InvalidIndicator, parse_indicator
from leadline.settings.schema import SloSettings

__all__ = ["ImportedObjective", "export_objectives", "import_objectives", "write_tables"]

API_VERSION = "openslo/v1"
SOURCE = "leadline"
_SHORT_WINDOW = "leadline/short-window"
_NAME = "leadline/name"
_DURATION = re.compile(r"(\d+)([mhdwMQY])")
_SECONDS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}
_CALENDAR = {"1w": "week", "7d": "week", "1M": "month", "1Q": "quarter", "3M": "quarter"}
_PERIODS = {"week": "1w", "month": "1M", "quarter": "1Q"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedObjective:
    """One objective of a document, in the terms of `[[slo]]`."""

    name: str
    app: str
    indicator: str
    objective: float
    window_s: float | None
    calendar: str | None
    time_zone: str


def export_objectives(slos: Iterable[SloSettings]) -> str:
    """One YAML document per objective."""
    return str(yaml.safe_dump_all([_as_document(slo) for slo in slos], sort_keys=False, allow_unicode=True))


def import_objectives(text: str) -> list[ImportedObjective]:
    """The objectives of all SLO documents in `text`. Raises ConfigurationError with all errors."""
    try:
        documents = [document for document in yaml.safe_load_all(text) if document is not None]
    except yaml.YAMLError as error:
        raise ConfigurationError(f"the file is not YAML: {error}", hint="check the line and column named") from error
    indicators = {
        _name_of(document): document.get("spec", {})
        for document in documents
        if isinstance(document, dict) and document.get("kind") == "SLI"
    }
    found: list[ImportedObjective] = []
    problems: list[str] = []
    for number, document in enumerate(documents, 1):
        if not isinstance(document, dict) or "kind" not in document:
            problems.append(f"document {number}: no OpenSLO object; it needs apiVersion, kind, metadata and spec")
        elif document["kind"] == "SLO":
            try:
                found += _read_slo(document, indicators)
            except _Unusable as error:
                problems.append(f"document {number}, SLO {_name_of(document)!r}: {error}")
    if not found and not problems:
        problems.append("no document of kind SLO")
    if problems:
        raise ConfigurationError("\n".join(problems), hint="correct the file; nothing was imported")
    return found


def write_tables(objectives: Iterable[ImportedObjective]) -> str:
    """`[[slo]]` tables for leadline.toml."""
    return "\n".join(_as_table(objective) for objective in objectives)


class _Unusable(Exception):
    """An error in one document; the message names the field and the remedy."""


def _as_document(slo: SloSettings) -> dict[str, Any]:
    window: dict[str, Any] = {"duration": _shorthand(slo.window), "isRolling": True}
    if slo.calendar is not None:
        window = {
            "duration": _PERIODS[slo.calendar],
            "isRolling": False,
            "calendar": {"startTime": "2026-01-01 00:00:00", "timeZone": slo.time_zone},
        }
    source = {"metricSource": {"type": SOURCE, "spec": {"indicator": slo.indicator}}}
    return {
        "apiVersion": API_VERSION,
        "kind": "SLO",
        "metadata": {"name": _rfc1123(slo.name), "annotations": {_NAME: slo.name}},
        "spec": {
            "description": f"{slo.objective:g} of the {slo.parsed.unit} are good: {slo.indicator}",
            "service": slo.app,
            "indicator": {
                "metadata": {"name": f"{_rfc1123(slo.name)}-indicator"},
                "spec": {"ratioMetric": {"counter": True, "good": source, "total": json.loads(json.dumps(source))}},
            },
            "timeWindow": [window],
            "budgetingMethod": "Occurrences",
            "objectives": [{"displayName": slo.name, "target": slo.objective}],
            "alertPolicies": list(_policies(slo)),
        },
    }


def _policies(slo: SloSettings) -> Iterator[dict[str, Any]]:
    for row in scaled_rows(timedelta(seconds=slo.window)):
        name = f"{_rfc1123(slo.name)}-{row.factor:g}x".replace(".", "-")
        condition = {
            "kind": "AlertCondition",
            "metadata": {"name": name, "annotations": {_SHORT_WINDOW: _shorthand(row.short.total_seconds())}},
            "spec": {
                "severity": "page" if row.severity == "critical" else "ticket",
                "condition": {
                    "kind": "burnrate",
                    "op": "gte",
                    "threshold": row.factor,
                    "lookbackWindow": _shorthand(row.long.total_seconds()),
                    "alertAfter": "0m",
                },
            },
        }
        yield {
            "kind": "AlertPolicy",
            "metadata": {"name": f"{name}-policy"},
            "spec": {"alertWhenBreaching": True, "alertWhenResolved": True, "conditions": [condition]},
        }


def _read_slo(document: Mapping[str, Any], indicators: Mapping[str, Any]) -> Iterator[ImportedObjective]:
    if document.get("apiVersion") != API_VERSION:
        raise _Unusable(f"apiVersion is {document.get('apiVersion')!r}; Leadline reads {API_VERSION!r}")
    spec = document.get("spec") or {}
    if not spec.get("service"):
        raise _Unusable("spec.service is missing; it names the app")
    if spec.get("budgetingMethod", "Occurrences") != "Occurrences":
        raise _Unusable(f"spec.budgetingMethod {spec['budgetingMethod']!r} is not supported; write Occurrences")
    indicator = _indicator_of(spec, indicators)
    window_s, calendar, zone = _window_of(spec)
    objectives = spec.get("objectives") or []
    if not objectives:
        raise _Unusable("spec.objectives is empty")
    named = (document.get("metadata") or {}).get("annotations") or {}
    name = str(named.get(_NAME) or _name_of(document))
    for number, objective in enumerate(objectives, 1):
        yield ImportedObjective(
            name=name if len(objectives) == 1 else f"{name}-{number}",
            app=str(spec["service"]),
            indicator=indicator,
            objective=_target_of(objective),
            window_s=window_s,
            calendar=calendar,
            time_zone=zone,
        )


def _indicator_of(spec: Mapping[str, Any], indicators: Mapping[str, Any]) -> str:
    inline = (spec.get("indicator") or {}).get("spec")
    referred = spec.get("indicatorRef")
    found = inline if inline is not None else indicators.get(str(referred)) if referred else None
    if found is None:
        raise _Unusable(f"indicatorRef {referred!r}: no such SLI in this file" if referred else "it has no indicator")
    ratio = found.get("ratioMetric") or {}
    side = ratio.get("good") or ratio.get("total") or ratio.get("bad") or ratio.get("raw") or {}
    source = side.get("metricSource") or {}
    if source.get("type") != SOURCE:
        raise _Unusable(
            f"its metric source is {source.get('type') or source.get('metricSourceRef')!r}, which Leadline can't read;"
            f" write metricSource: {{type: {SOURCE}, spec: {{indicator: errors}}}}"
        )
    text = str((source.get("spec") or {}).get("indicator") or "")
    try:
        parse_indicator(text)
    except InvalidIndicator as error:
        raise _Unusable(str(error)) from None
    return text


def _window_of(spec: Mapping[str, Any]) -> tuple[float | None, str | None, str]:
    windows = spec.get("timeWindow") or [{"duration": "30d", "isRolling": True}]
    if len(windows) != 1:
        raise _Unusable("spec.timeWindow must contain exactly one window")
    duration = str(windows[0].get("duration"))
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise _Unusable(f"spec.timeWindow duration {duration!r}: write one such as 30d, 4w or 1M")
    if windows[0].get("isRolling", "calendar" not in windows[0]):
        if match[2] not in _SECONDS:
            raise _Unusable(f"a rolling window of {duration!r} has no fixed length; write days or weeks")
        return int(match[1]) * _SECONDS[match[2]], None, "UTC"
    if duration not in _CALENDAR:
        raise _Unusable(f"a calendar window of {duration!r} is not supported; write 1w, 1M or 1Q")
    return None, _CALENDAR[duration], str((windows[0].get("calendar") or {}).get("timeZone") or "UTC")


def _target_of(objective: Mapping[str, Any]) -> float:
    target = objective.get("target")
    if target is None and isinstance(objective.get("targetPercent"), int | float):
        target = round(objective["targetPercent"] / 100, 12)
    if not isinstance(target, int | float) or not 0 < target < 1:
        raise _Unusable("an objective needs a target between 0 and 1 (or targetPercent between 0 and 100)")
    return float(target)


def _as_table(objective: ImportedObjective) -> str:
    lines = [
        "[[slo]]",
        f"name = {json.dumps(objective.name)}",
        f"app = {json.dumps(objective.app)}",
        f"indicator = {json.dumps(objective.indicator, ensure_ascii=False)}",
        f"objective = {objective.objective!r}",
    ]
    if objective.window_s is not None:
        lines.append(f'window = "{_shorthand(objective.window_s)}"')
    if objective.calendar is not None:
        lines += [f'calendar = "{objective.calendar}"', f"time_zone = {json.dumps(objective.time_zone)}"]
    return "\n".join(lines) + "\n"


def _shorthand(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{max(1, round(seconds / 60))}m"


def _rfc1123(name: str) -> str:
    return re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")[:63] or "slo"


def _name_of(document: Mapping[str, Any]) -> str:
    return str((document.get("metadata") or {}).get("name") or "without a name")
