"""Network to country: right where it can be, null where it can't, and never the end of a beacon."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leadline.settings.schema import BUNDLED_COUNTRIES
from leadline.store import Countries, countries
from leadline.store.country_codes import COUNTRY_CODES

Write = Callable[..., Path]

# A second address block of the same file shows that what is asked is the network, not the file's first record.
GEOLITE = {
    "8.8.8.0/24": {"country": {"iso_code": "US", "geoname_id": 6252001}, "continent": {"code": "NA"}},
    "5.9.0.0/16": {"country": {"iso_code": "DE"}},
    "2a01:4f8::/32": {"country": {"iso_code": "DE"}},
    "1.1.1.0/24": {"registered_country": {"iso_code": "AU"}},
}


def opened(file: Path) -> Countries:
    database = Countries(file)
    database.renew()
    return database


@pytest.mark.parametrize(
    ("network", "country"),
    [
        ("8.8.8.0/24", "US"),
        ("5.9.77.0/24", "DE"),
        ("2a01:4f8:1::/48", "DE"),
        ("1.1.1.0/24", None),  # where it is registered is not where it is used
        ("9.9.9.0/24", None),
        ("2400::/48", None),
        ("", None),
        ("nonsense", None),
        ("8.8.8.0/nonsense", None),
    ],
)
def test_a_network_has_the_country_that_the_database_says(
    network: str, country: str | None, write_countries: Write
) -> None:
    database = opened(write_countries(GEOLITE))
    assert database.find(network) == country
    assert database.trouble is None


def test_the_flat_records_of_ip_location_db_and_ipinfo_are_understood_too(write_countries: Write) -> None:
    flat = {"8.8.8.0/24": {"country_code": "us"}, "5.9.0.0/16": {"country": "Germany", "country_code": "DE"}}
    database = opened(write_countries(flat))
    assert [database.find("8.8.8.0/24"), database.find("5.9.1.0/24")] == ["US", "DE"]


def test_what_is_no_country_of_iso_3166_is_null(write_countries: Write) -> None:
    codes = {f"5.{at}.0.0/16": {"country_code": code} for at, code in enumerate(["XX", "AN", "T1", "EU", "", "usa", 7])}
    database = opened(
        write_countries({**codes, "8.8.8.0/24": {"country_code": "XK"}, "9.0.0.0/8": {"country_code": "US"}})
    )
    assert {database.find(f"5.{at}.1.0/24") for at in range(7)} == {None}
    assert database.find("8.8.8.0/24") == "XK"


@pytest.mark.parametrize(
    "network",
    ["10.1.2.0/24", "127.0.0.0/24", "192.168.1.0/24", "203.0.113.0/24", "100.64.1.0/24", "169.254.0.0/24",
     "224.0.0.0/24", "255.255.255.0/24", "2001:db8:1::/48", "fc00:1::/48", "fe80::/48", "::/48"],
)  # fmt: skip
def test_a_network_that_nobody_has_on_the_internet_has_no_country_whatever_the_database_says(
    network: str, write_countries: Write
) -> None:
    everything = {"0.0.0.0/1": {"country_code": "US"}, "128.0.0.0/1": {"country_code": "US"}, "2000::/3": {
        "country_code": "US"}, "f000::/4": {"country_code": "US"}}  # fmt: skip
    database = opened(write_countries(everything))
    assert database.find("8.8.8.0/24") == "US"
    assert database.find(network) is None


def test_a_network_in_two_countries_has_none(write_countries: Write) -> None:
    database = opened(write_countries({"8.8.8.0/25": {"country_code": "US"}, "8.8.8.128/25": {"country_code": "CA"}}))
    assert database.find("8.8.8.0/24") is None


def test_a_database_of_ipv4_alone_is_used_for_what_it_knows(write_countries: Write) -> None:
    database = opened(write_countries({"8.8.8.0/24": {"country_code": "US"}}, ip_version=4))
    assert (database.find("8.8.8.0/24"), database.find("2a01:4f8:1::/48")) == ("US", None)
    assert database.trouble is None


def test_without_a_file_every_country_is_null_and_nothing_is_wrong() -> None:
    database = Countries(None)
    database.renew()
    assert (database.find("8.8.8.0/24"), database.state, database.trouble) == (None, "off", None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "is missing"),
        (b"", "is not a MaxMind database"),
        (b"nonsense " * 1000, "is not a MaxMind database"),
        (b"\xab\xcd\xefMaxMind.com", "is not a MaxMind database"),
        ("folder", "can't be read (Is a directory)"),
    ],
)
def test_what_is_no_database_gives_no_country_and_is_said(content: Any, said: str, tmp_path: Path) -> None:
    file = tmp_path / "countries.mmdb"
    if content == "folder":
        file.mkdir()
    elif content is not None:
        file.write_bytes(content)
    database = opened(file)
    assert database.find("8.8.8.0/24") is None
    assert database.state == "hindered"
    assert f"{file} {said}" in str(database.trouble)
    assert "[store] country_database" in str(database.trouble)


def test_a_database_of_something_else_is_told_apart(write_countries: Write) -> None:
    database = opened(write_countries({"8.0.0.0/8": {"autonomous_system_number": 15169}}))
    assert "holds no countries (it says it is 'Test-Country')" in str(database.trouble)
    assert database.find("8.8.8.0/24") is None


def test_a_file_that_was_replaced_is_read_and_one_that_was_not_is_left_alone(
    write_countries: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = opened(write_countries({"8.8.8.0/24": {"country_code": "US"}}))
    assert database.find("8.8.8.0/24") == "US"
    reads: list[Path] = []
    read = countries.open_database
    monkeypatch.setattr(countries, "open_database", lambda file: (reads.append(file), read(file))[1])
    database.renew()
    assert reads == []
    write_countries({"8.8.8.0/24": {"country_code": "CA"}})
    database.renew()
    assert (database.find("8.8.8.0/24"), len(reads)) == ("CA", 1)


def test_a_file_that_is_written_anew_in_its_place_keeps_the_one_read_before_until_it_is_whole(
    write_countries: Write,
) -> None:
    new = write_countries({"8.8.8.0/24": {"country_code": "CA"}}, name="new.mmdb").read_bytes()
    file = write_countries({"8.8.8.0/24": {"country_code": "US"}})
    database = opened(file)
    file.write_bytes(new[:-50])
    database.renew()
    assert database.find("8.8.8.0/24") == "US"
    assert "the one read before is used" in str(database.trouble)
    file.write_bytes(new)
    database.renew()
    assert (database.find("8.8.8.0/24"), database.trouble) == ("CA", None)


def test_a_file_that_comes_later_or_goes_is_noticed(write_countries: Write, tmp_path: Path) -> None:
    database = opened(tmp_path / "countries.mmdb")
    assert "is missing" in str(database.trouble)
    file = write_countries(GEOLITE)
    database.renew()
    assert (database.find("8.8.8.0/24"), database.trouble) == ("US", None)
    file.unlink()
    database.renew()
    assert database.find("5.9.1.0/24") == "DE"
    assert "is missing: the one read before is used" in str(database.trouble)


def test_what_hinders_without_the_file_changing_is_tried_again(
    write_countries: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_countries(GEOLITE)
    at_s = 0.0
    monkeypatch.setattr(countries, "monotonic_s", lambda: at_s)
    with monkeypatch.context() as patched:

        def refuse(file: Path, mode: int) -> None:
            raise OSError(5, "Input/output error")

        patched.setattr(countries.maxminddb, "open_database", refuse)
        database = opened(file)
    assert "can't be read (Input/output error)" in str(database.trouble)
    database.renew()
    assert database.find("8.8.8.0/24") is None
    at_s = countries.TRIED_AGAIN_S
    database.renew()
    assert (database.find("8.8.8.0/24"), database.trouble) == ("US", None)


def test_a_damaged_file_never_raises_and_what_is_said_names_no_network(write_countries: Write, tmp_path: Path) -> None:
    networks = [f"{a}.{b}" for a in (5, 8, 9) for b in range(60)]
    whole = write_countries({f"{each}.0.0/16": {"country_code": "US"} for each in networks}).read_bytes()
    seeded = random.Random(6)
    said = set()
    for number in range(40):
        damaged = bytearray(whole)
        for _ in range(seeded.choice([1, 10, 100])):
            damaged[seeded.randrange(len(damaged))] = seeded.randrange(256)
        file = tmp_path / f"damaged-{number}.mmdb"
        file.write_bytes(damaged)
        database = opened(file)
        assert {database.find(f"{each}.1.0/24") for each in networks} <= COUNTRY_CODES | {None}
        trouble = (database.trouble or "").removeprefix(f"the country database {file} ")
        assert not any(each in trouble for each in networks)
        said.add(trouble[:10])
    assert {"", "is damaged", "is not a M"} <= said


def test_the_bundled_database_knows_networks_that_never_move() -> None:
    if not BUNDLED_COUNTRIES.exists():
        pytest.skip("`make setup` fetches it")
    database = opened(BUNDLED_COUNTRIES)
    # Google's resolver, Deutsche Telekom, Orange, the universities of Tokyo and Manchester; Hetzner, Google
    asked = ["8.8.8.0/24", "80.187.0.0/24", "82.64.0.0/24", "133.11.0.0/24", "130.88.0.0/24", "2a01:4f8:1::/48",
             "2001:4860:4860::/48", "192.168.1.0/24", "203.0.113.0/24"]  # fmt: skip
    assert [database.find(network) for network in asked] == ["US", "DE", "FR", "JP", "GB", "DE", "US", None, None]


def test_each_country_of_the_tz_database_is_known() -> None:
    tab = Path("/usr/share/zoneinfo/iso3166.tab")
    if not tab.exists():
        pytest.skip("no tz database with its list of countries here")
    listed = {line.split("\t")[0] for line in tab.read_text().splitlines() if line and not line.startswith("#")}
    assert len(listed) > 240
    assert listed - COUNTRY_CODES == set()
