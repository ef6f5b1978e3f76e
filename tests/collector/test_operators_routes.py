"""What is the operator's is told on the collector's own machine, and to nobody who comes through a proxy."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import psutil
import pytest

OPERATORS = ("/metrics", "/v1/drops", "/v1/arrivals")


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("x_forwarded_for", "203.0.113.7"),
        ("forwarded", "for=203.0.113.7"),
        ("x_real_ip", "203.0.113.7"),
        ("via", "1.1 proxy"),
        ("via", ""),
    ],
)
@pytest.mark.parametrize("path", OPERATORS)
def test_what_is_the_operators_is_not_told_through_a_proxy(standing: Any, path: str, header: str, text: str) -> None:
    assert standing.get(path).status_code == 200
    answer = standing.get(path, **{header: text})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8081", "[::2]", "[", "192.0.2.1", ""])
@pytest.mark.parametrize("path", ["/v1/drops", "/v1/arrivals"])
def test_a_page_that_points_its_own_name_at_this_machine_is_told_nothing(standing: Any, path: str, host: str) -> None:
    answer = standing.get(path, host=host)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:leadline:local-only")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9:1", "localhost:8081", "LocalHost", "[::1]:8081", "[::1]"])
@pytest.mark.parametrize("path", ["/v1/drops", "/v1/arrivals"])
def test_this_machine_is_answered_by_any_name_that_only_it_can_mean(standing: Any, path: str, host: str) -> None:
    assert standing.get(path, host=host).status_code == 200


def test_a_collector_at_an_outer_address_answers_its_own_machine_by_that_address(standing: Any, tmp_path: Path) -> None:
    outer = [a.address for each in psutil.net_if_addrs().values() for a in each if a.family is socket.AF_INET]
    if not (outer := [address for address in outer if not address.startswith("127.")]):
        pytest.skip("this machine has no address but loopback")

    class AtOuter(type(standing)):  # type: ignore[misc]  # of conftest.py, which is not imported
        url = property(lambda self: f"http://{outer[0]}:{self.port}")

    running = AtOuter(tmp_path, standing.settings.replace("127.0.0.1:0", f"{outer[0]}:0")).start()
    try:
        assert running.get("/v1/drops").status_code == 200
        assert running.get("/v1/drops", host="evil.example").status_code == 403
    finally:
        running.end()
