"""`from leadline import compare`: the trusted answer always, the candidate off the user's path."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

import pytest

from leadline.darklaunch import Compare, WriteRefused

CART = {"items": [{"id": 1, "price": 10.0}, {"id": 2, "price": 5.0}], "total": 15.0}


def settle(compare: Compare, name: str, comparisons: int) -> dict[str, int]:
    """Polls until that many outcomes are counted."""
    deadline = time.monotonic() + 20
    while sum(compare.counts(name).values()) < comparisons:
        assert time.monotonic() < deadline, compare.counts(name)
        time.sleep(0.005)
    return {outcome: count for outcome, count in compare.counts(name).items() if count}


def test_the_trusted_answer_is_returned_and_an_equal_one_matches(compare: Compare) -> None:
    assert compare("price", lambda: CART, lambda: dict(CART)) is CART
    assert settle(compare, "price", 1) == {"matched": 1}


def test_what_differs_is_kept_under_one_signature_for_every_value(compare: Compare) -> None:
    for number, price in enumerate((11, 12, 13), 1):
        compare("price", lambda: CART, lambda price=price: {**CART, "items": [{"id": 1, "price": price}]})
        # Candidates run side by side: the newest example is known only when each has ended before the next begins.
        assert settle(compare, "price", number) == {"mismatched": number}
    [mismatch] = compare.mismatches("price")
    assert (mismatch.signature, mismatch.count) == ("$.items[*].price changed; $.items[*] missing", 3)
    assert ("$.items[0].price", "10.0", "13") in mismatch.example


def test_the_trusted_exception_is_raised_and_compared(compare: Compare) -> None:
    def broken() -> None:
        raise KeyError("no such cart")

    for candidate, outcome in ((broken, "matched"), (dict, "mismatched")):
        with pytest.raises(KeyError, match="no such cart"):
            compare(outcome, broken, candidate)
        assert settle(compare, outcome, 1) == {outcome: 1}
    assert compare.mismatches("mismatched")[0].signature == "trusted KeyError, candidate returned"


def test_a_candidate_that_raises_is_a_mismatch_and_nobody_else_s_trouble(compare: Compare) -> None:
    assert compare("price", lambda: 1, lambda: 1 // 0) == 1
    assert settle(compare, "price", 1) == {"mismatched": 1}
    assert compare.mismatches("price")[0].signature == "trusted returned, candidate ZeroDivisionError"


def test_a_candidate_that_hangs_times_out_and_the_next_ones_are_skipped(compare: Compare) -> None:
    letting_go = threading.Event()
    compare.configure("price", timeout="50ms", most_at_once=2)
    for _ in range(5):
        assert compare("price", lambda: 1, letting_go.wait) == 1
    assert settle(compare, "price", 5) == {"timed_out": 2, "skipped": 3}
    letting_go.set()
    compare.configure("after", most_at_once=2)
    compare("after", lambda: 1, lambda: 1)
    assert settle(compare, "after", 1) == {"matched": 1}


def test_the_caller_does_not_wait_for_the_candidate(compare: Compare) -> None:
    letting_go = threading.Event()
    compare.configure("price", timeout="60s")
    assert compare("price", lambda: "at once", letting_go.wait) == "at once"
    assert sum(compare.counts("price").values()) == 0
    letting_go.set()
    settle(compare, "price", 1)


def test_a_caller_that_changes_the_answer_afterwards_changes_no_comparison(compare: Compare) -> None:
    letting_go = threading.Event()

    def candidate() -> dict[str, int]:
        letting_go.wait()
        return {"total": 1}

    compare.configure("price", timeout="60s")
    compare("price", lambda: {"total": 1}, candidate)["total"] = 2
    letting_go.set()
    assert settle(compare, "price", 1) == {"matched": 1}


def test_the_same_keys_are_sampled_each_time_and_a_larger_share_keeps_them(compare: Compare) -> None:
    narrow, wide = (compare.configure("price", share=share) for share in (0.1, 0.3))
    keys = [f"user-{number}" for number in range(5000)]
    chosen = [key for key in keys if narrow.is_sampled(key)]
    assert chosen == [key for key in keys if narrow.is_sampled(key)]
    assert all(wide.is_sampled(key) for key in chosen)
    assert 400 < len(chosen) < 600


def test_who_is_not_sampled_runs_the_trusted_code_alone(compare: Compare) -> None:
    compare.configure("price", share=0.0)
    assert compare("price", lambda: 1, lambda: pytest.fail("ran")) == 1
    assert compare.counts("price")["matched"] == 0


@pytest.mark.parametrize(
    ("options", "candidate"),
    [
        ({"ignore": ["$.at"]}, {"at": 2, "total": 1.0, "tags": ["a", "b"]}),
        ({"ignore": ["$..at"]}, {"at": 2, "total": 1.0, "tags": ["a", "b"]}),
        ({"ignore": ["$['at']"]}, {"total": 1.0, "tags": ["a", "b"]}),
        ({"unordered": ["$.tags"]}, {"at": 1, "total": 1.0, "tags": ["b", "a"]}),
        ({"tolerance": 1e-6}, {"at": 1, "total": 1.0 + 1e-9, "tags": ["a", "b"]}),
        ({"ignore": ["$.tags[*]"]}, {"at": 1, "total": 1, "tags": ["x"]}),
    ],
)
def test_what_is_ruled_out_does_not_count(compare: Compare, options: dict[str, Any], candidate: Any) -> None:
    compare.configure("price", **options)
    compare("price", lambda: {"at": 1, "total": 1.0, "tags": ["a", "b"]}, lambda: candidate)
    assert settle(compare, "price", 1) == {"matched": 1}


@pytest.mark.parametrize("path", ["price", "$.", "$.items[", "$.items[x]"])
def test_a_path_that_can_t_be_read_is_refused_with_an_example(compare: Compare, path: str) -> None:
    with pytest.raises(ValueError, match=r"write|must begin"):
        compare.configure("price", ignore=[path])


def test_secrets_are_hashed_before_they_are_kept(compare: Compare) -> None:
    compare.configure("login", secrets=["$.number"])
    compare(
        "login",
        lambda: {"number": 4111, "password": "hunter2", "user": {"email": "a@b.example", "age": 1}},
        lambda: {"number": 4112, "password": "hunter3", "user": None},
    )
    settle(compare, "login", 1)
    shown = str(compare.mismatches("login")[0].example)
    assert not any(secret in shown for secret in ("4111", "4112", "hunter", "a@b.example"))
    assert shown.count("hashed:") == 5


def test_the_store_of_mismatches_is_bounded(compare: Compare) -> None:
    compare.configure("price", keep=3, most_at_once=50, timeout="60s")
    for number in range(10):
        compare("price", dict, lambda number=number: {f"field{number}": 1})
        settle(compare, "price", number + 1)
    kept = compare.mismatches("price")
    assert next((one.signature, one.count) for one in kept) == ("(others)", 7)
    assert len(kept) == 4


@dataclass
class Line:
    price: float


class Odd:
    def __init__(self, value: int) -> None:
        self.value = value


@pytest.mark.parametrize(
    ("trusted", "candidate", "outcome"),
    [
        (Line(1.0), Line(1.0), "matched"),
        (Odd(1), Odd(1), "matched"),
        (Odd(1), Odd(2), "mismatched"),
        ({(1, 2): 3}, {(1, 2): 3}, "matched"),
        (object(), object(), "matched"),
        ({1, 2}, {2, 1}, "matched"),
        (2**70, 2**70 + 1, "mismatched"),
        (True, 1, "mismatched"),
        (1, 1.0, "matched"),
        (None, 0, "mismatched"),
        (float("nan"), float("nan"), "matched"),
    ],
)
def test_answers_of_any_type_are_compared_by_what_they_say(
    compare: Compare, trusted: Any, candidate: Any, outcome: str
) -> None:
    compare("any", lambda: trusted, lambda: candidate)
    assert settle(compare, "any", 1) == {outcome: 1}


def test_an_answer_that_contains_itself_is_returned_all_the_same(compare: Compare) -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert compare("circle", lambda: circle, lambda: circle) is circle
    assert settle(compare, "circle", 1) == {"matched": 1}


def test_a_candidate_s_write_is_refused_and_the_trusted_one_s_is_not(compare: Compare) -> None:
    def save() -> str:
        compare.refuse_write("the order")
        return "saved"

    assert compare("order", save, save) == "saved"
    assert settle(compare, "order", 1) == {"mismatched": 1}
    assert compare.mismatches("order")[0].signature == f"trusted returned, candidate {WriteRefused.__name__}"


def test_a_decorator_passes_the_arguments_to_both(compare: Compare) -> None:
    def new_price(cart: dict[str, int]) -> int:
        return cart["total"] + 1

    @compare.against(new_price, key=lambda cart: str(cart["user"]))
    def price(cart: dict[str, int]) -> int:
        return cart["total"]

    assert price({"total": 3, "user": 1}) == 3
    settle(compare, "price", 1)
    assert compare.mismatches("price")[0].example == (("$", "3", "4"),)


def test_a_sync_trusted_and_an_async_candidate_are_compared(compare: Compare) -> None:
    async def new() -> int:
        return 1

    assert compare("price", lambda: 1, new) == 1
    assert settle(compare, "price", 1) == {"matched": 1}


def test_many_threads_at_once_count_every_comparison(compare: Compare) -> None:
    compare.configure("price", most_at_once=4, timeout="60s")

    def call() -> None:
        for _ in range(200):
            compare("price", lambda: 1, lambda: 1)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = settle(compare, "price", 1600)
    assert counted["matched"] + counted.get("skipped", 0) == 1600


def test_importing_it_loads_msgspec_and_little_else() -> None:
    program = (
        "import sys, msgspec; before = set(sys.modules); from leadline import compare; "
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    others = [name for name in loaded if not name.startswith("leadline")]
    assert not {"asyncio", "inspect", "ssl", "http", "pydantic", "random", "hashlib"} & set(others)
    assert [name for name in loaded if name.startswith("leadline.") and "darklaunch" not in name] == ["leadline.clock"]


def test_a_process_ends_while_a_candidate_hangs() -> None:
    program = (
        "import threading; from leadline import compare; "
        "print(compare('price', lambda: 1, threading.Event().wait), flush=True)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "1\n"
