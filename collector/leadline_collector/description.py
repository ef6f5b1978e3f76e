"""Completes the OpenAPI page: the beacon route from the structs that decode a beacon, and every route's answers.

tests/collector/test_openapi.py checks the collector against it with schemathesis.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from fastapi.utils import generate_unique_id
from starlette.routing import BaseRoute

from leadline.wire import DROP_REASONS, Beacon
from leadline_collector.adapters import ADAPTERS, Adapter

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_FAILED = {
    "application/problem+json": {
        "schema": {"type": "object", "required": ["type", "title", "status", "detail", "remedy"]}
    }
}
_SCRIPT = {
    "200": {"description": "The script", "content": {"text/javascript": {"schema": {"type": "string"}}}},
    "304": {"description": "The one that the sender has"},
    "404": {"description": "No such script", "content": _FAILED},
}
_LOCAL = {"403": {"description": "Only for callers on this machine", "content": _FAILED}}
# Answers of a route that FastAPI does not find by itself.
_ANSWERS: dict[str, dict[str, Any]] = {
    "/b.js": _SCRIPT,
    "/{name}.js": _SCRIPT,
    "/readyz": {"503": {"description": "Not ready, and why", "content": {"application/json": {"schema": {}}}}},
    "/metrics": {
        "200": {"description": "Numbers", "content": {"text/plain": {"schema": {"type": "string"}}}},
        "403": {"description": "The request was forwarded", "content": _FAILED},
    },
    "/v1/drops": _LOCAL,
    "/v1/arrivals": _LOCAL,
}


def describe(app: FastAPI) -> None:
    """Adds `POST /v1/b` to `app.openapi()`."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            description = get_openapi(title=app.title, version=app.version, routes=list(_by_method(app.routes)))
            schemas = description.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(_schemas())
            paths = description["paths"]
            for path in ("/v1/b", "/v1/beacon"):
                paths[path] = {"post": _operation(path)}
            for path, answers in _ANSWERS.items():
                for operation in paths.get(path, {}).values():
                    operation["responses"].update(answers)
            for adapter in ADAPTERS:
                for path in adapter.paths:
                    described = path.replace(":path}", "}")
                    for operation in paths[described].values():
                        operation.update(_foreign(adapter, described))
            app.openapi_schema = description
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _by_method(routes: Sequence[BaseRoute]) -> Iterator[BaseRoute]:
    """Each route once for each of its methods: FastAPI gives all methods of a route one operationId, and OpenAPI wants
    it unique. Only described apart, because a 405 names all methods of the one route that is served."""
    for route in routes:
        if not isinstance(route, APIRoute):
            yield route
            continue
        for method in sorted(route.methods or ()):
            single = copy(route)
            single.methods = {method}
            single.operation_id = generate_unique_id(single)
            yield single


def _schemas() -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components([Beacon], ref_template="#/components/schemas/{name}")
    text = {"type": "string"}
    schemas["Problem"] = {
        "type": "object",
        "required": ["type", "title", "status", "detail", "remedy"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "field": text,
            "reason": _reasons(),
            "remedy": text,
            "accepted": {"type": "integer", "description": "Of an array of which none was kept: 0"},
            "refused": {"type": "array", "items": {"$ref": "#/components/schemas/Refused"}},
        },
    }
    schemas["DroppedField"] = {
        "type": "object",
        "required": ["index", "field", "reason"],
        "properties": {"index": {"type": "integer"}, "field": text, "reason": _reasons()},
    }
    schemas["Refused"] = {
        "type": "object",
        "required": ["index", "field", "reason", "detail"],
        "properties": {
            "index": {"type": "integer"},
            "field": {"type": ["string", "null"]},
            "reason": _reasons(),
            "detail": text,
        },
    }
    refused = {"type": "array", "items": {"$ref": "#/components/schemas/Refused"}}
    fields = {"type": "array", "items": {"$ref": "#/components/schemas/DroppedField"}}
    schemas["Partly"] = {
        "type": "object",
        "required": ["accepted", "refused"],
        "properties": {
            "accepted": {"type": "integer"},
            "refused": refused,
            "dropped": refused,
            "dropped_fields": fields,
        },
    }
    return schemas


def _reasons() -> dict[str, Any]:
    return {"type": "string", "enum": [reason.value for reason in DROP_REASONS]}


def _responses() -> dict[str, Any]:
    responses: dict[str, Any] = {
        "200": {
            "description": "Some beacons of the array are on disk, or all without some of their fields",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Partly"}}},
        },
        "202": {
            "description": "A good beacon that is not kept by policy",
            "headers": {"Leadline-Dropped": {"description": "The reason", "schema": _reasons()}},
        },
        "204": {"description": "On disk"},
        "408": {"description": "The request did not come whole within 15 s", "content": _FAILED},
        "431": {"description": "More than 32 kB or 100 lines of headers", "content": _FAILED},
    }
    for reason, answer in DROP_REASONS.items():
        if answer.status_code < 300:
            continue
        said = responses.setdefault(str(answer.status_code), {"description": "", "content": _PROBLEM})
        if answer.status_code in {429, 503}:
            said["headers"] = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}
        said["description"] = f"{said['description']}; {reason.value}".removeprefix("; ")
    return responses


_KEY = {"name": "key", "in": "query", "required": False, "schema": {"type": "string"}}


def _operation(path: str) -> dict[str, Any]:
    beacon = {"$ref": "#/components/schemas/Beacon"}
    either = {"schema": {"oneOf": [beacon, {"type": "array", "items": beacon}]}}
    return {
        "summary": "Send a beacon or an array of beacons",
        "operationId": f"post{path.replace('/', '_')}",
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": {"application/json": either, "text/plain": either}},
        "responses": _responses(),
    }


def _foreign(adapter: Adapter, path: str) -> dict[str, Any]:
    """Another client's format: its own documents tell of the body, so here it is any JSON of its media types."""
    text = {"type": "string"}
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": text} for name in re.findall(r"\{(\w+)\}", path)
    ]
    either = {"schema": {"oneOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]}}
    return {
        "parameters": in_path if "{key}" in path else [*in_path, _KEY],
        "requestBody": {"required": True, "content": {each.decode(): either for each in sorted(adapter.types)}},
        "responses": {**_responses(), "404": {"description": "A path with a line break in it", "content": _FAILED}},
    }
