"""From the address of a request to the country of a page view, through a real collector, its log and the store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from filled_homes import open_home

from leadline.settings import load_settings


def test_a_visitor_has_the_country_of_their_network_unless_the_proxy_knows_better(
    collector: Callable[..., Any], beacon: Callable[..., Any], write_countries: Callable[..., Path], tmp_path: Path
) -> None:
    write_countries({"8.8.8.0/24": {"country": {"iso_code": "US"}}, "2a01:4f8:1::/48": {"country": {"iso_code": "DE"}}})
    running = collector('country_header = "CF-IPCountry"\n[store]\ncountry_database = "countries.mmdb"')
    visitors = {
        "v4": {"x_forwarded_for": "8.8.8.8"},
        "v6": {"x_forwarded_for": "2a01:4f8:1:2:3:4:5:6"},
        "known-by-the-proxy": {"x_forwarded_for": "8.8.8.8", "cf_ipcountry": "ca"},
        "unknown-to-the-proxy": {"x_forwarded_for": "8.8.8.8", "cf_ipcountry": "XX"},
        "elsewhere": {"x_forwarded_for": "9.9.9.9"},
        "at-home": {"x_forwarded_for": "192.168.1.7"},
        "here": {},
    }
    for name, headers in visitors.items():
        assert running.post(beacon(page_view_id=name), **headers).status_code == 204
    assert running.stop() == 0
    with open_home(load_settings(tmp_path / "leadline.toml")) as home:
        rows = home.query("SELECT page_view_id AS v, geo_country_iso_code AS c FROM page_views").table.to_pylist()
    assert {row["v"]: row["c"] for row in rows} == {
        "v4": "US", "v6": "DE", "known-by-the-proxy": "CA", "unknown-to-the-proxy": "US", "elsewhere": None,
        "at-home": None, "here": None,
    }  # fmt: skip
