"""Puts the beacon route into the OpenAPI page, from the very structs that decode a beacon."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from leadline.wire import DROP_REASONS, Beacon

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def describe(app: FastAPI) -> None:
    """Makes `app.openapi()` tell of `POST /v1/b` too."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            description = get_openapi(title=app.title, version=app.version, routes=app.routes)
            schemas = description.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(_schemas())
            for path in ("/v1/b", "/v1/beacon"):
                description["paths"][path] = {"post": _operation(path)}
            app.openapi_schema = description
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _schemas() -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components([Beacon], ref_template="#/components/schemas/{name}")
    text = {"type": "string"}
    schemas["Problem"] = {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "field": {"type": ["string", "null"]},
            "reason": {"enum": [reason.value for reason in DROP_REASONS]},
            "remedy": text,
        },
    }
    return schemas


def _operation(path: str) -> dict[str, Any]:
    beacon = {"$ref": "#/components/schemas/Beacon"}
    either = {"schema": {"oneOf": [beacon, {"type": "array", "items": beacon}]}}
    responses: dict[str, Any] = {
        "200": {"description": "Some beacons of the array are on disk: {accepted, refused: [{index, field, reason}]}"},
        "202": {"description": "A good beacon that is not kept by policy; Leadline-Dropped names the reason"},
        "204": {"description": "On disk"},
    }
    for reason, answer in DROP_REASONS.items():
        if answer.status_code < 300:
            continue
        said = responses.setdefault(str(answer.status_code), {"description": "", "content": _PROBLEM})
        said["description"] = f"{said['description']}; {reason.value}".removeprefix("; ")
    return {
        "summary": "Send a beacon or an array of beacons",
        "operationId": f"post{path.replace('/', '_')}",
        "parameters": [{"name": "key", "in": "query", "required": False, "schema": {"type": "string"}}],
        "requestBody": {"required": True, "content": {"application/json": either, "text/plain": either}},
        "responses": responses,
    }
