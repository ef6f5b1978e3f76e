"""The basket: a cookie that says `enamel-mug.2!storm-lantern.1`. Products that we don't sell are dropped."""

from __future__ import annotations

from shop.catalogue import PRODUCTS

COOKIE = "basket"
MOST_OF_ONE = 9


def read_basket(cookie: str | None) -> dict[str, int]:
    """Product name to count, in the order in which they were added."""
    basket: dict[str, int] = {}
    for part in (cookie or "").split("!"):
        name, _, count = part.partition(".")
        if name in PRODUCTS and count.isascii() and count.isdigit() and int(count[:3]) > 0:
            basket[name] = min(int(count[:3]), MOST_OF_ONE)
    return basket


def write_basket(basket: dict[str, int]) -> str:
    return "!".join(f"{name}.{count}" for name, count in basket.items())


def add(basket: dict[str, int], name: str) -> dict[str, int]:
    return {**basket, name: min(basket.get(name, 0) + 1, MOST_OF_ONE)}


def total_eur(basket: dict[str, int]) -> float:
    return round(sum(PRODUCTS[name].price_eur * count for name, count in basket.items()), 2)
