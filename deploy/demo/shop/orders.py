"""Orders, kept in memory: what was sold, per version, and whether a person or a journey bought it."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass

from shop.releases import RELEASES

# Enough for a demo left running over a weekend; the oldest thank-you page is forgotten first.
MOST_ORDERS = 10_000


@dataclass(frozen=True, slots=True)
class Order:
    number: str
    total_eur: float
    is_synthetic: bool


class Orders:
    """What has been ordered. A journey's order is real to the shop and marked as nobody's."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Order] = OrderedDict()
        self._taken = 0
        self.views: Counter[str] = Counter()
        self.sold: Counter[str] = Counter()
        self.synthetic: Counter[str] = Counter()

    def take(self, *, total_eur: float, version: str, is_synthetic: bool) -> Order:
        self._taken += 1
        order = Order(number=f"FL-{10_000 + self._taken}", total_eur=total_eur, is_synthetic=is_synthetic)
        self._kept[order.number] = order
        if len(self._kept) > MOST_ORDERS:
            self._kept.popitem(last=False)
        (self.synthetic if is_synthetic else self.sold)[version] += 1
        return order

    def find(self, number: str) -> Order | None:
        return self._kept.get(number)

    def figures(self) -> dict[str, dict[str, int]]:
        """Per version: pages served, orders by people, orders by journeys."""
        return {
            release.version: {
                "pages": self.views[release.version],
                "orders": self.sold[release.version],
                "synthetic_orders": self.synthetic[release.version],
            }
            for release in RELEASES
        }
