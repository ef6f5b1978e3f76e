"""A check takes what browsers take and refuses what they refuse: no red that the site did not earn."""

from __future__ import annotations

import asyncio
import gzip

import pytest
import pytest_asyncio
from probes.odd_server import OddServer, open_odd_server
from probes.pool_stand import Stand, open_stand

from leadline.model import Cause, Cohort, RunStatus

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory):
    async with open_stand(tmp_path_factory.mktemp("stand"), size=0) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def odd():
    async with open_odd_server() as server:
        yield server


def answer(*lines: str | bytes, status: str = "200 OK", body: bytes = b"ok", end: bytes = b"\r\n") -> bytes:
    head = [f"HTTP/1.1 {status}".encode(), *(line.encode() if isinstance(line, str) else line for line in lines)]
    if not any(line.lower().startswith((b"content-length", b"transfer-encoding")) for line in head):
        head.append(b"Content-Length: %d" % len(body))
    return end.join([*head, b"", b""]) + body


TAKEN = {
    "a control code in a cookie": answer(b"Set-Cookie: ___utm=a\x01b; path=/"),
    "lines that end with LF": answer("Server: box", end=b"\n"),
    "a space in a header's name": answer("X Powered By: box"),
    "a space before the colon": answer("X-Powered-By : box"),
    "a line without a colon": answer("what is this"),
    "the same length twice": answer("Content-Length: 2", "Content-Length: 2"),
    "a folded line": answer("X-Long: one", "  two"),
    "a policy of 200 kB": answer("Content-Security-Policy: " + "https://a.example " * 11_000),
    "300 headers": answer(*(f"X-{number}: 1" for number in range(300))),
    "no reason in the status line": answer(status="200"),
    "an interim answer first": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(),
    "a head without its empty line": b"HTTP/1.1 200 OK\r\nServer: box\r\n",
    "a body in a compression that nobody asked for": answer("Content-Encoding: br", body=b"\x0b\x02\x80hi\x03"),
    "a body that is not what it says": answer("Content-Encoding: gzip", body=b"not gzip at all"),
    "a body that breaks off": answer("Content-Length: 5000"),
    "two lengths beside chunks": answer(
        "Content-Length: 2", "Content-Length: 3", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"
    ),
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\nok",
}


@pytest.mark.parametrize("raw", TAKEN.values(), ids=TAKEN.keys())
async def test_what_browsers_take_passes(stand: Stand, odd: OddServer, raw: bytes):
    odd.answers["/"] = raw
    result = await stand.check(odd.url, timeout_ms=5000)
    assert (result.status, result.status_code) == (RunStatus.PASSED, 200), result.error_message


REFUSED = {
    "two lengths that differ": (answer("Content-Length: 2", "Content-Length: 3"), "several Content-Length"),
    "no HTTP at all": (b"SSH-2.0-OpenSSH_9.2\r\n", "no HTTP answer: it begins with b'SSH-2.0"),
    "HTTP/0.9": (b"<h1>hello from 1991</h1>", "no HTTP answer: it begins with b'<h1>hello"),
    "not a byte": (b"", "without an answer"),
    "a whole head that is a little too long": (
        answer("X-A: " + "a" * 262_144),
        "Leadline stops reading a head at 262,144 bytes, as Chromium does",
    ),
    "a head without end": (
        b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 600_000,
        "Leadline stops reading a head at 262,144 bytes, as Chromium does",
    ),
}


@pytest.mark.parametrize(("raw", "words"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_browsers_refuse_fails_in_words_of_its_own(stand: Stand, odd: OddServer, raw: bytes, words: str):
    odd.answers["/"] = raw
    result = await stand.check(odd.url, timeout_ms=5000)
    assert (result.status, result.cause, result.status_code) == (RunStatus.FAILED, Cause.CONNECTION_FAILED, None)
    assert words in (result.error_message or "")


async def test_a_cookie_of_a_redirect_lives_until_the_end_of_the_check_and_no_longer(stand: Stand, odd: OddServer):
    odd.answers["/"] = answer("Set-Cookie: seen=1; Path=/", "Location: /in", status="302 Found")
    odd.answers["/in"] = answer()
    for _ in range(2):
        assert (await stand.check(odd.url)).status is RunStatus.PASSED
    assert [odd.line("cookie", number) for number in range(4)] == [None, "seen=1", None, "seen=1"]


async def test_a_page_that_sends_to_itself_until_its_cookie_comes_back_passes(stand: Stand, odd: OddServer):
    async def wall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        again = answer("Location: /", "Set-Cookie: seen=1", status="302 Found")
        writer.write(answer() if b"seen=1" in head else again)
        writer.close()

    server = await asyncio.start_server(wall, "127.0.0.1", 0)
    result = await stand.check(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    server.close()
    assert (result.status, result.status_code) == (RunStatus.PASSED, 200)


async def test_bytes_of_latin_1_are_kept_in_addresses_and_versions(stand: Stand, odd: OddServer):
    odd.answers["/go"] = answer(b"Location: /k\xe4se", status="302 Found")
    odd.answers["/k%E4se"] = answer(b"X-App-Version: 1.5-b\xeata")
    result = await stand.check(f"{odd.url}/go")
    assert (result.status, result.service_version) == (RunStatus.PASSED, "1.5-b\xeata")
    odd.answers["/timing"] = answer(b'Server-Timing: version;desc="1.5-b\xeata"', status="503 Down")
    result = await stand.check(f"{odd.url}/timing")
    assert (result.status, result.cause, result.service_version) == (
        RunStatus.FAILED,
        Cause.STATUS_CODE,
        "1.5-b\xeata",
    )


async def test_a_backslash_in_a_redirect_is_a_slash(stand: Stand, odd: OddServer):
    odd.answers["/go"] = answer("Location: \\shop\\in", status="302 Found")
    odd.answers["/shop/in"] = answer()
    assert (await stand.check(f"{odd.url}/go")).status is RunStatus.PASSED


async def test_a_redirect_to_nowhere_is_an_answer(stand: Stand, odd: OddServer):
    odd.answers["/"] = answer("Location:  ", status="302 Found")
    result = await stand.check(odd.url)
    assert (result.cause, result.status_code) == (Cause.STATUS_CODE, 302)


@pytest.mark.parametrize(
    "place", ["http://[::1", "http://[v1.a", "http://a]b/", "mailto:a@shop.example", "http://a:99999/"]
)
async def test_a_redirect_to_what_is_no_web_address_is_the_sites_failure(stand: Stand, odd: OddServer, place: str):
    odd.answers["/"] = answer(f"Location: {place}", status="302 Found")
    result = await stand.check(odd.url)
    assert (result.status, result.cause) == (RunStatus.FAILED, Cause.STATUS_CODE), result.error_message
    assert "not a web address" in (result.error_message or "")


async def test_what_no_database_takes_is_replaced_in_a_version(stand: Stand, odd: OddServer):
    odd.answers["/"] = answer(b"X-App-Version: \x00\x01\x7f1.5")
    assert (await stand.check(odd.url)).service_version == "\ufffd\ufffd\ufffd1.5"


async def test_an_answer_counts_when_its_head_is_here_though_its_body_never_ends(stand: Stand, odd: OddServer):
    odd.is_silent_after = True
    odd.answers["/events"] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: tick\n\n"
    assert (await stand.check(f"{odd.url}/events", timeout_ms=3000)).status is RunStatus.PASSED
    found = await stand.check(f"{odd.url}/events", timeout_ms=3000, expect_text=("tick",))
    assert found.status is RunStatus.PASSED
    missing = await stand.check(f"{odd.url}/events", timeout_ms=300, expect_text=("tock",))
    assert (missing.status, missing.cause) == (RunStatus.FAILED, Cause.TIMEOUT)
    assert "what is expected in the body did not come" in missing.error_message


async def test_each_header_is_sent_once_whatever_its_case_and_the_users_own_is_kept(stand: Stand, odd: OddServer):
    odd.answers["/"] = answer()
    headers = {
        "user-agent": "mine",
        "host": "shop.example",
        "cookie": "a=1",
        "Baggage": "mine=1",
        "TraceParent": "00-1",
    }
    await stand.check(odd.url, headers=headers, cohort=Cohort(name="canary", cookies={"v": "canary"}))
    assert odd.line("user-agent") == "mine"
    assert odd.line("host") == "shop.example"
    assert odd.line("cookie") == "a=1; v=canary"
    assert odd.line("baggage").startswith("mine=1,leadline.run_id=")
    assert odd.line("traceparent") == "00-1"
    assert odd.line("x-leadline-synthetic") == "1"


async def test_a_header_with_a_line_end_is_our_fault_and_never_sent(stand: Stand, odd: OddServer):
    result = await stand.check(odd.url, headers={"X-A": "1\r\nX-B: 2"})
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.PROBE_FAULT)
    assert odd.asked == []


BODY = b'{"status": "ok", "up": true, "parts": [{"name": "db", "lag_s": 3}], "a.b": 1}'

HELD = {
    "a text": ({"expect_text": ("ok", "db")}, None),
    "a text that is not there": ({"expect_text": ("ok", "fine")}, "does not hold 'fine'; it begins with '{\"status\""),
    "a value": ({"expect_json": {"$.status": "ok", "parts[0].lag_s": 3, "up": True}}, None),
    "a key with a dot": ({"expect_json": {"['a.b']": 1}}, None),
    "another value": ({"expect_json": {"parts[-1].name": "cache"}}, 'has "db" at parts[-1].name, expected "cache"'),
    "true, which is not 1": ({"expect_json": {"up": 1}}, "has true at up, expected 1"),
    "a place that is not there": ({"expect_json": {"parts[7].name": "db"}}, "nothing at parts[7].name"),
}


@pytest.mark.parametrize(("expected", "words"), HELD.values(), ids=HELD.keys())
@pytest.mark.parametrize("form", ["length", "chunked", "gzip"])
async def test_a_body_is_held_against_what_is_expected_of_it(stand: Stand, odd: OddServer, expected, words, form):
    match form:
        case "length":
            odd.answers["/"] = answer(body=BODY)
        case "chunked":
            chunks = b"%x;ext=1\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (20, BODY[:20], len(BODY) - 20, BODY[20:])
            odd.answers["/"] = answer("Transfer-Encoding: chunked", body=chunks)
        case _:
            odd.answers["/"] = answer("Content-Encoding: gzip", body=gzip.compress(BODY))
    result = await stand.check(odd.url, **expected)
    if words is None:
        assert result.status is RunStatus.PASSED, result.error_message
    else:
        assert (result.status, result.cause) == (RunStatus.FAILED, Cause.ASSERTION)
        assert words in result.error_message


async def test_a_body_that_we_can_not_read_is_our_limit_and_not_the_sites_fault(stand: Stand, odd: OddServer):
    odd.answers["/"] = answer("Content-Encoding: br", body=b"\x0b\x02\x80hi\x03")
    result = await stand.check(odd.url, expect_text=("hi",))
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.PROBE_FAULT)
    assert "compressed by br, which a check can't read" in result.error_message


@pytest.mark.parametrize(("coding", "head"), [("deflate", b"\x78\x9c"), ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\3")])
async def test_a_body_that_breaks_its_own_compression_is_the_sites_failure(stand: Stand, odd: OddServer, coding, head):
    odd.answers["/"] = answer(f"Content-Encoding: {coding}", body=head + b"\xff" * 100)
    result = await stand.check(odd.url, expect_text=("hi",))
    assert (result.status, result.cause) == (RunStatus.FAILED, Cause.CONNECTION_FAILED)
    assert f"the body is not {coding}" in result.error_message


async def test_a_text_is_found_far_down_a_page_and_across_its_pieces(stand: Stand, odd: OddServer):
    page = b"<li>a</li>" * 600_000 + b"the end of the list"
    odd.answers["/"] = answer("Content-Encoding: gzip", body=gzip.compress(page))
    assert (await stand.check(odd.url, expect_text=("the end of the list", "<li>"))).status is RunStatus.PASSED
    odd.answers["/"] = answer(body=page[: 65536 - 4] + b"thank you" + page)
    assert (await stand.check(odd.url, expect_text=("thank you",))).status is RunStatus.PASSED
    result = await stand.check(odd.url, expect_text=("a queue",))
    assert (result.status, result.cause) == (RunStatus.FAILED, Cause.ASSERTION)


async def test_a_status_line_that_comes_byte_by_byte_is_one(stand: Stand, odd: OddServer):
    odd.answers["/"] = b"\r\n\r\nHTTP/1.1   200 OK\r\n\r\nok"
    odd.dribbles = True
    assert (await stand.check(odd.url)).status is RunStatus.PASSED


@pytest.mark.parametrize(
    ("ends", "is_kept"),
    [
        ("Expires=Sat, 01-Jan-2000 00:00:00 GMT", False),
        ("Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", True),
        ("Max-Age=00", False),
        ("Expires=Sat, 01 Jan 2094 00:00:00 GMT", True),
        ("Expires=never", True),
    ],
)
async def test_a_cookie_that_is_taken_back_is_not_sent_again(stand: Stand, odd: OddServer, ends: str, is_kept: bool):
    odd.answers["/"] = answer("Location: /out", "Set-Cookie: sid=1", status="302 Found")
    odd.answers["/out"] = answer("Location: /in", f"Set-Cookie: sid=gone; {ends}", status="302 Found")
    odd.answers["/in"] = answer()
    assert (await stand.check(odd.url)).status is RunStatus.PASSED
    assert odd.line("cookie") == ("sid=gone" if is_kept else None)


async def test_a_bomb_is_read_no_further_than_the_limit(stand: Stand, odd: OddServer):
    odd.answers["/"] = answer("Content-Encoding: gzip", body=gzip.compress(b"0" * 200_000_000))
    result = await stand.check(odd.url, expect_json={"a": 1}, timeout_ms=20_000)
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.PROBE_FAULT)
    assert "which is all that a check reads" in result.error_message


async def test_the_way_is_timed_part_by_part(stand: Stand):
    result = await stand.check(f"http://localhost:{stand.site.port}/")
    timing = result.timing
    assert timing is not None
    assert timing.dns_ms is not None
    assert timing.connect_ms is not None
    assert timing.first_byte_ms is not None
    assert timing.tls_ms is None
    assert timing.dns_ms + timing.connect_ms + timing.first_byte_ms <= result.duration_ms


@pytest.mark.parametrize("name", ["shop.localhost", "b\u00fccher.localhost", "shop.localhost."])
async def test_a_name_below_localhost_is_this_machine_as_for_browsers(stand: Stand, name: str):
    result = await stand.check(f"http://{name}:{stand.site.port}/")
    assert result.status is RunStatus.PASSED, result.error_message


async def test_an_ipv6_address_is_checked_like_any_other(stand: Stand):
    async with open_odd_server("::1") as odd:
        odd.answers["/"] = answer()
        result = await stand.check(f"http://[::1]:{odd.port}/")
        assert result.status is RunStatus.PASSED, result.error_message
        assert odd.line("host") == f"[::1]:{odd.port}"
        assert odd.line("x-leadline-synthetic") == "1"


async def test_user_and_password_of_an_address_are_sent_to_its_own_server(stand: Stand, odd: OddServer):
    odd.answers["/"] = answer("Location: http://localhost:1/", status="302 Found")
    await stand.check(f"http://stage:hunter2%40x@127.0.0.1:{odd.port}/", expect_status=(302,))
    assert odd.line("authorization") == "Basic c3RhZ2U6aHVudGVyMkB4"
