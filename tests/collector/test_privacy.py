"""What must never touch the disk does not: looked for in the log's very bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from leadline_collector.redaction.addresses import cut_address
from leadline_collector.redaction.texts import clean_text, clean_url, origin_of

Make = Callable[..., dict[str, Any]]
TOKEN = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"
SECRETS = ["jane.doe@example.com", "4111 1111 1111 1111", TOKEN, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "hunter22"]


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("mail jane.doe+x@mail.example.com now", "mail [email] now"),
        ("mail jane%40example.com", "mail [email]"),
        ("card 4111 1111 1111 1111", "card [card]"),
        ("card 4111-1111-1111-1112", "card 4111-1111-1111-1112"),
        ("paid with 5500005555555559.", "paid with [card]."),
        ("at 1795508904665", "at 1795508904665"),
        ("card 4111 1111 1111 1111 123", "card [card] 123"),
        ("card 4111111111111111 12/27", "card [card] 12/27"),
        ("in 2026 3782 822463 10005 again", "in 2026 [card] again"),
        ("card 4111\u00a01111\u00a01111\u00a01111", "card [card]"),
        ("built 20261124141636", "built 20261124141636"),
        ("4444 " * 80, "[card] "),
        ("card 4111%201111%201111%201111 or 4111+1111+1111+1111", "card [card] or [card]"),
        ("card 4111.1111.1111.1111, 3782/822463/10005, 4111_1111__1111\t1111", "card [card], [card], [card]"),
        ("card \uff14111111111111111 4111\u20111111\u20111111\u20111111", "card [card] [card]"),
        ("took 3456.123456789012 ms since 1795508904.665123", "took 3456.123456789012 ms since 1795508904.665123"),
        ("mail jane%2540example.com", "mail [email]"),
        ("mail o'brien@mail.example, 'jane@example.com'", "mail [email], '[email]'"),
        ("mail jane%2Edoe%40example.com zz!tag@example.com", "mail [email] [email]"),
        ("mail jane&#64;example.com jane\uff20example.com jane@[192.0.2.77]", "mail [email] [email] [email]"),
        ("100%jane@example.com", "100%[email]"),
        ("to%3Djane%40example.com%20john@example.com", "to%3D[email]%20[email]"),
        ("sid=abcdef connect.sid=abcdef passcode: 12345", "sid=[cut] connect.sid=[cut] passcode: [cut]"),
        ("inside: here", "inside: here"),
        ("Authorization bearer: abcdefgh12345678", "Authorization bearer: [cut]"),
        ("key sk-proj-abcdefgh1234", "key [token]"),
        ("key q7Zt/8sK+3Lm2/q7Zt8sKb3Lm2q7Zt8sKd3Lm2q7Zt8s== end", "key [token] end"),
        (r"{\"mail\":\"jane\u0040example.com\"}", r"{\"mail\":\"[email]\"}"),
        ("at node_modules/lodash@4.17.21/index.js", "at node_modules/lodash@4.17.21/index.js"),
        ("render@https://shop.example/app.js:1:2", "render@https://shop.example/app.js:1:2"),
        ("from https://jane:pw@shop.example/x", "from https://shop.example/x"),
        ("GET /search?jane failed", "GET /search failed"),
        ("at f (https://x.example/p?jane:10:5)", "at f (https://x.example/p:10:5)"),
        ("to https://x.example/p#/users/jane", "to https://x.example/p"),
        ("to https://x.example/login%3Femail%3Djane", "to https://x.example/login"),
        ("PHPSESSID=abcdef0123", "PHPSESSID=[cut]"),
        ("/cart;jsessionid=ABC123", "/cart;jsessionid=[cut]"),
        ('{\\"userPassword\\": \\"correct horse\\"}', '{\\"userPassword\\": \\"[cut]\\"}'),
        ("x-api-key: abcdef99", "x-api-key: [cut]"),
        ("Bearer abcdefgh12345678", "Bearer [cut]"),
        ('{"password": "hunter22"}', '{"password": "[cut]"}'),
        ("token=abc123def&x=1", "token=[cut]&x=1"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "jwt [token]"),
        ("sk_live_abcdefgh1234", "[token]"),
        (f"/reset/{TOKEN}", "/reset/[token]"),
        ("/orders/550e8400-e29b-41d4-a716-446655440000", "/orders/550e8400-e29b-41d4-a716-446655440000"),
        ("at f (https://x.example/app.js?v=12&u=j:10:5)", "at f (https://x.example/app.js:10:5)"),
        ("GET /cart?user=7 failed", "GET /cart failed"),
        ("Unexpected token '<'", "Unexpected token '<'"),
        ("Cannot read properties of undefined (reading 'a')", "Cannot read properties of undefined (reading 'a')"),
        ("main>img.cover-large_photo-in-the-first-section", "main>img.cover-large_photo-in-the-first-section"),
    ],
)
def test_a_text_keeps_what_is_not_personal(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


@pytest.mark.parametrize(
    ("url", "allow", "cleaned"),
    [
        ("https://shop.example/a?b=c#d", (), "https://shop.example/a"),
        ("https://me:secret@shop.example/a", (), "https://shop.example/a"),
        ("https://shop.example/a?x=1&utm_source=mail", ("utm_source",), "https://shop.example/a?utm_source=mail"),
        ("https://shop.example/a?utm%5Fsource=mail", ("utm_source",), "https://shop.example/a?utm%5Fsource=mail"),
        ("https://shop.example/?utm_source=j%40x.example", ("utm_source",), "https://shop.example/?utm_source=[email]"),
        ("/a#token=x", (), "/a"),
    ],
)
def test_an_address_keeps_its_path_and_the_allowed_parameters(url: str, allow: tuple[str, ...], cleaned: str) -> None:
    assert clean_url(url, allow) == cleaned


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2002:cb00:714d:1::1", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("nonsense", ""),
    ],
)
def test_of_an_address_only_the_network_is_kept(address: str, network: str) -> None:
    assert cut_address(address) == network


RUNS = [
    "a", "a.", "4", "4 ", "4444 ", "4111-", "x=", "?", "?a=", "?a[", "@", "a@", "a@1.", "a%40", "%2525", "%3Fa", "eyJ",
    "eyJaaaaa.", "token=", "token ", "auth:'", "Bearer ", "bearer a", "-", "https://a/?b=", "://", "//a", "/a ", "/?:1",
    "http://a@", '\\"', "%2E", "a%2E", "a'", "'", "%", "&#", "a!", "4.", "4%20", "4..", "%20", "%20a", "a%41", "sid",
    "A+", "+", "=", "\uff14",
]  # fmt: skip


@pytest.mark.parametrize("part", RUNS)
def test_a_long_run_holds_nothing_up_and_hides_nobody_behind_it(part: str) -> None:
    """A pattern with a run inside a run would take minutes here, and the test's time limit."""
    run = part * 50_000
    # "&#" is what looking for addresses begins with
    assert "jane@example" not in clean_text(f"{run} &# jane@example.com ")
    assert clean_text(clean_text(run)) == clean_text(run)
    assert "jane" not in clean_url(f"https://shop.example/{run}?mail=jane")


@pytest.mark.parametrize(
    ("said", "origin"),
    [
        ("https://shop.example/a?b#c", "https://shop.example"),
        ("https://jane:pw@shop.example:8443/", "https://shop.example:8443"),
        ("http://[2001:db8::1]:80/x", "http://[2001:db8::1]:80"),
        ("android-app://com.example.app/", "android-app://com.example.app"),
        ("https://jane%40example.com/", ""),
        ("https://jane doe/", ""),
        ("jane@example.com", ""),
        ("", ""),
    ],
)
def test_of_a_referrer_only_the_origin_is_kept(said: str, origin: str) -> None:
    assert origin_of(said) == origin


def test_no_secret_reaches_the_disk_by_any_field(standing: Any, beacon: Make) -> None:
    said = " ".join(f"'{secret}'" for secret in SECRETS).replace("'hunter22'", "password=hunter22")
    sent = beacon(
        url=f"https://shop.example/?q={TOKEN}",
        route=f"/reset/{TOKEN}",
        referrer_origin=f"https://a.example/{TOKEN}",
        attributes={"said": said},
        vitals={"lcp_ms": 1, "attribution": {"lcp_url": f"https://cdn.example/a.png?sig={TOKEN}", "said": said}},
        errors=[{"message": said, "stack": said, "error_type": said[:60], "source": f"https://a.example/?t={TOKEN}"}],
        events=[{"name": "mail jane.doe@example.com", "attributes": {"said": said}}],
        requests=[{"route": f"/api?token={TOKEN}"}],
    )
    agent = {"user_agent": "Mozilla/5.0", "x_forwarded_for": "203.0.113.77"}
    assert standing.post(sent, **agent).status_code == 204
    logged = standing.logged_as(sent["page_view_id"])
    assert logged.network == "203.0.113.0/24"
    folder = standing.folder / ".leadline" / "beacons"
    on_disk = b"".join(file.read_bytes() for file in folder.iterdir())
    assert sent["page_view_id"].encode() in on_disk
    for secret in [*SECRETS, "203.0.113.77"]:
        assert secret.encode() not in on_disk, secret


NAMES = [
    "service_version",
    "cohort",
    "navigation_type",
    "effective_connection_type",
    "viewport",
    "sdk_name",
    "sdk_version",
]
PERSONAL = "jane.doe@example.com"


@pytest.mark.parametrize(
    "fields",
    [
        *[{name: f"v {PERSONAL}"} for name in NAMES],
        {"attributes": {PERSONAL: 1}},
        {"vitals": {"attribution": {PERSONAL: "a"}}},
        {"errors": [{"message": "m", "fingerprint": PERSONAL}]},
        {"events": [{"name": "e", "attributes": {PERSONAL: True}}]},
        {"requests": [{"route": "/", "method": PERSONAL, "server_version": PERSONAL, "trace_id": PERSONAL}]},
        {"attributes": {"card": 378282246310005}},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_name_that_is_a_person_is_no_name(standing: Any, beacon: Make, fields: dict[str, Any]) -> None:
    sent = beacon(**fields)
    assert standing.post(sent, user_agent=f"Crawler/1.0 (+mailto:{PERSONAL})").status_code == 204
    kept = str(standing.logged_as(sent["page_view_id"]))
    assert "jane" not in kept
    assert "378282246310005" not in kept
    assert "[email]" in kept


def test_names_that_are_hashes_stay(standing: Any, beacon: Make) -> None:
    sent = beacon(service_version=TOKEN, requests=[{"route": "/", "trace_id": TOKEN[:32]}], attributes={TOKEN: 1})
    assert standing.post(sent).status_code == 204
    logged = standing.logged_as(sent["page_view_id"]).beacon
    assert (logged.service_version, logged.requests[0].trace_id) == (TOKEN, TOKEN[:32])
    assert logged.attributes == {TOKEN: 1}


@pytest.mark.parametrize("secret", [PERSONAL, "4111 1111 1111 1111", TOKEN, f"https://a.example/?q={TOKEN}"])
@pytest.mark.parametrize("longest", [1024, 4096])
def test_a_text_is_cut_after_it_is_cleaned(standing: Any, beacon: Make, secret: str, longest: int) -> None:
    half = "x" * (longest - 1 - len(secret) // 2) + " " + secret
    sent = beacon(errors=[{"message": half, "stack": half}], attributes={"a": half + " " + "y" * 5000})
    assert standing.post(sent).status_code == 204
    kept = str(standing.logged_as(sent["page_view_id"]).beacon)
    assert secret[: len(secret) // 2 - 1] not in kept


def test_nothing_personal_is_in_the_service_log(standing: Any, beacon: Make) -> None:
    refused = standing.post(json.dumps(beacon(seq="jane.doe@example.com")), x_forwarded_for="203.0.113.77")
    assert (refused.status_code, refused.json()["field"]) == (400, "seq")
    assert standing.log
    assert "jane" not in standing.log
    assert "203.0.113.77" not in standing.log


def test_too_long_texts_are_cut_and_the_beacon_kept(standing: Any, beacon: Make) -> None:
    sent = beacon(errors=[{"message": "m " * 2000, "stack": "s " * 9000}], attributes={"a": "b " * 2000})
    assert standing.post(sent).status_code == 204
    logged = standing.logged_as(sent["page_view_id"]).beacon
    assert (len(logged.errors[0].message), len(logged.errors[0].stack), len(logged.attributes["a"])) == (
        1024,
        4096,
        1024,
    )
