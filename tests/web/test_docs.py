"""docs/api.md names every endpoint of OpenAPI, every metric, and every key of /v1/vitals."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from collector.api_pages import open_docs

ROOT = Path(__file__).parents[2]
DOCS = "\n".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("api.md",))


def test_every_endpoint_is_documented(web: Any) -> None:
    # the dashboard's own endpoints serve its page and may change with it
    paths = {path for path, how in web.client.get("/openapi.json").json()["paths"].items() if not _is_dashboards(how)}
    written = {
        re.sub(r"\{\w+\}", "{}", found) for found in re.findall(r"/(?:v1/[\w/{}-]+|healthz|readyz|metrics)", DOCS)
    }
    assert {re.sub(r"\{\w+\}", "{}", path) for path in paths} - written == set()


@pytest.mark.browser
def test_the_page_of_the_openapi_is_drawn_without_anything_from_elsewhere(web: Any) -> None:
    shown = open_docs(str(web.client.base_url).rstrip("/"))
    assert shown.operations > 20
    assert (shown.hosts, shown.errors) == ({web.client.base_url.netloc.decode()}, ())


def _is_dashboards(methods: dict[str, Any]) -> bool:
    return any("dashboard" in one.get("tags", []) for one in methods.values())


def test_every_metric_is_documented(web: Any) -> None:
    metrics = set(re.findall(r"^(leadline_\w+)", web.client.get("/metrics").text, flags=re.MULTILINE))
    assert {name for name in metrics if f"`{name}`" not in DOCS} == set()


def test_every_key_of_vitals_is_documented(web: Any, app: str) -> None:
    row = web.client.get("/v1/vitals", params={"app": app, "versions": "1"}).json()[0]
    documented = set(re.findall(r"`(\w+)`", DOCS))
    vital = re.compile(r"^(lcp|inp|cls|fcp|ttfb)_")
    keys = {re.sub(r"_p(50|75|95)", "_pQ", vital.sub("V_", name)) for name in row if not name.startswith("kpi_")}
    assert {key for key in keys if {key, f"{key}_ms"}.isdisjoint(documented)} == set()
