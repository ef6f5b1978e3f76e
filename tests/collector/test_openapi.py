"""schemathesis against the OpenAPI that the collector itself serves: every route, good and bad input, over a socket.

It takes the routes one by one by itself, because schemathesis' pytest plugin does not know the current pytest.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from collector.api_pages import open_docs
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROUTES = {
    "GET /b.js", "HEAD /b.js", "GET /{name}.js", "HEAD /{name}.js", "GET /healthz", "HEAD /healthz",
    "GET /readyz", "HEAD /readyz", "GET /metrics",
    "GET /v1/drops", "GET /v1/arrivals", "POST /reports", "POST /reports/{key}", "POST /reports/{key}/{version}",
    "POST /v1/b", "POST /v1/beacon",
}  # fmt: skip


@pytest.fixture(scope="module")
def operations(standing: Any) -> dict[str, Any]:
    api = schemathesis.openapi.from_url(f"{standing.url}/openapi.json")
    found = [each.ok() for each in api.get_all_operations()]
    return {f"{each.method.upper()} {each.path}": each for each in found}


def test_the_openapi_tells_of_every_route(operations: dict[str, Any]) -> None:
    assert set(operations) == ROUTES


def test_each_operation_has_an_id_of_its_own_and_asking_for_them_logs_nothing(collector: Any) -> None:
    running = collector()
    before = running.log
    paths = running.get("/openapi.json").json()["paths"]
    ids = [operation["operationId"] for operations in paths.values() for operation in operations.values()]
    assert len(ids) == len(ROUTES)
    assert len(set(ids)) == len(ids)
    assert running.log == before


def test_the_openapi_is_valid(standing: Any) -> None:
    schemathesis.openapi.from_url(f"{standing.url}/openapi.json").validate()


@pytest.mark.browser
def test_the_page_of_it_is_drawn_without_anything_from_elsewhere(standing: Any) -> None:
    shown = open_docs(standing.url)
    assert shown.operations == len(ROUTES)
    assert (shown.hosts, shown.errors) == ({standing.url.removeprefix("http://")}, ())


# Nothing can be wrong about a request that has neither body nor parameters.
CASES = [(route, GenerationMode.POSITIVE) for route in sorted(ROUTES)]
CASES += [(route, GenerationMode.NEGATIVE) for route in sorted(ROUTES) if route.startswith("POST ")]


@pytest.mark.parametrize(("route", "mode"), CASES, ids=lambda each: str(each))
def test_every_route_answers_as_the_openapi_says(operations: dict[str, Any], route: str, mode: GenerationMode) -> None:
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(operations[route].as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        case.call_and_validate(checks=CHECKS, timeout=20)

    send()
