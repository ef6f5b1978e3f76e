"""What a journey wants undone is kept before its step ends, done when it is over, and not forgotten when it dies."""

from __future__ import annotations

import msgspec
import pytest
from probes.pool_stand import open_stand

from leadline.errors import RecordsUnavailable
from leadline.model import Cause, RunStatus

pytestmark = pytest.mark.browser

SHOP = """
import dataclasses
from pathlib import Path

PLACE = Path(__file__).parent

@dataclasses.dataclass
class Order:
    number: int
    total: float

def cancel(order: Order, note):
    with (PLACE / "cancelled").open("a") as file:
        file.write(f"{order.number} {type(order).__name__} {note}\\n")

async def cancel_slowly(number):
    (PLACE / "cancelled").open("a").write(f"{number} slowly\\n")

def refuse():
    raise ValueError("no such order")

def tell(word):
    (PLACE / "cancelled").write_text(word)
"""
TOP = "from shop import Order, cancel, cancel_slowly, refuse, tell"


class Ledger:
    """Remembers in order; refuses when it is told to."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, bytes]] = {}
        self.ended: dict[str, str | None] = {}
        self.is_full = False

    async def keep(self, run_id: str, cleanup_id: str, function: str, arguments: bytes) -> None:
        if self.is_full:
            raise RecordsUnavailable("the disk is full")
        self.kept[cleanup_id] = (function, arguments)

    async def done(self, cleanup_id: str, error: str | None) -> None:
        self.ended[cleanup_id] = error


@pytest.fixture
async def ledger():
    return Ledger()


@pytest.fixture
async def stand(tmp_path, ledger):
    (tmp_path / "shop.py").write_text(SHOP)
    async with open_stand(tmp_path, ledger=ledger) as opened:
        yield opened


async def test_cleanups_are_kept_before_the_step_ends_and_done_after_the_run(stand, ledger):
    kept_at_end_of_step = []
    body = """
    async with run.step("order"):
        run.cleanup(cancel, Order(7, 9.5), "changed my mind")
        run.cleanup(cancel_slowly, 8)
    """
    result = await stand.run(body, top=TOP, on_step=lambda said: kept_at_end_of_step.append(len(ledger.kept)))
    assert result.status is RunStatus.PASSED
    assert kept_at_end_of_step == [0, 2]
    assert [kept[0] for kept in ledger.kept.values()] == ["shop.py::cancel", "shop.py::cancel_slowly"]
    assert list(ledger.ended.values()) == [None, None]
    assert (stand.folder / "cancelled").read_text() == "8 slowly\n7 Order changed my mind\n"


async def test_a_run_that_fails_cleans_up_too_and_one_cleanup_that_fails_stops_no_other(stand, ledger):
    body = """
    async with run.step("order"):
        run.cleanup(cancel_slowly, 8)
        run.cleanup(refuse)
        assert False
    """
    result = await stand.run(body, top=TOP)
    assert result.cause is Cause.ASSERTION
    assert list(ledger.ended.values()) == ["ValueError: no such order", None]


async def test_what_a_killed_run_left_is_done_by_another_process(stand, ledger):
    body = """
    async with run.step("order"):
        run.cleanup(cancel_slowly, 6)
        run.cleanup(cancel, Order(7, 9.5), "left")
    async with run.step("die"):
        os._exit(1)
    """
    result = await stand.run(body, top=TOP)
    assert result.cause is Cause.WORKER_DIED
    assert len(ledger.kept) == 2
    await stand.pool.close(grace_s=30)
    assert (stand.folder / "cancelled").read_text() == "7 Order left\n6 slowly\n", "newest first"
    assert ledger.ended == dict.fromkeys(ledger.kept)


async def test_what_stands_in_a_ledger_is_done_whoever_left_it(stand, ledger):
    arguments = msgspec.msgpack.encode([{"number": 7, "total": 9.5}, "old"])
    assert await stand.pool.clean_up(cleanup_id="C", function="shop.py::cancel", arguments=arguments) is None
    assert (stand.folder / "cancelled").read_text() == "7 Order old\n"
    assert ledger.ended == {"C": None}


async def test_a_left_cleanup_that_fails_says_why(stand, ledger):
    error = await stand.pool.clean_up(cleanup_id="C", function="shop.py::refuse", arguments=msgspec.msgpack.encode([]))
    assert error == "ValueError: no such order"
    assert ledger.ended == {"C": error}


async def test_a_step_whose_cleanup_cannot_be_kept_is_aborted(stand, ledger):
    ledger.is_full = True
    result = await stand.run('async with run.step("order"):\n    run.cleanup(cancel_slowly, 8)', top=TOP)
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.PROBE_FAULT)
    assert result.error_message == "a cleanup can't be kept: the disk is full"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("run.cleanup(lambda: None)", "needs a function of a module"),
        ("run.cleanup(cancel_slowly, page)", "must be plain values or dataclasses"),
        ("run.cleanup(tell, 'x' + secret('SHOP_PASSWORD'))", "holds the secret SHOP_PASSWORD"),
    ],
)
async def test_what_another_process_could_not_do_is_refused_at_once(stand, call, words, monkeypatch):
    result = await stand.run(
        f'os.environ["SHOP_PASSWORD"] = "correct horse"\nasync with run.step("order"):\n    {call}', top=TOP
    )
    assert result.cause is Cause.JOURNEY_ERROR
    assert words in result.error_message


async def test_a_secret_is_kept_by_its_name_and_read_again(stand, ledger, monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", "correct horse")
    body = 'os.environ["SHOP_PASSWORD"] = "correct horse"\nrun.cleanup(tell, secret("SHOP_PASSWORD"))'
    assert (await stand.run(body, top=TOP)).status is RunStatus.PASSED
    ((cleanup_id, (function, arguments)),) = ledger.kept.items()
    assert b"correct horse" not in arguments
    (stand.folder / "cancelled").unlink()
    assert await stand.pool.clean_up(cleanup_id=cleanup_id, function=function, arguments=arguments) is None
    assert (stand.folder / "cancelled").read_text() == "correct horse"
