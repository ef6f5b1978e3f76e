"""What the shop sells. Each product has a drawing of its name in `pictures/`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """`name` is its address, `goes_with` another product's."""

    name: str
    title: str
    price_eur: float
    line: str
    story: str
    goes_with: tuple[str, str]


PRODUCTS = {
    product.name: product
    for product in (
        Product(
            "storm-lantern",
            "Storm lantern",
            48.0,
            "Burns through force nine",
            "Spun brass, a chimney that can be had again, and a wick that trims itself. It hangs from the boom, stands "
            "on the chart table, and has been relit in rain.",
            ("enamel-mug", "harbour-chart"),
        ),
        Product(
            "lead-line",
            "Hand lead line",
            36.0,
            "Twenty fathoms, marked by hand",
            "Seven pounds of lead, a hollow for tallow, and marks of leather and bunting that are read in the dark. "
            "Every chart is a model; this is how deep it is here.",
            ("harbour-chart", "brass-bell"),
        ),
        Product(
            "harbour-chart",
            "Harbour chart",
            24.0,
            "Printed on cotton rag",
            "Soundings in metres, lights and leading lines, on paper that takes a pencil and forgives an eraser. Folds "
            "to fit a jacket.",
            ("lead-line", "storm-lantern"),
        ),
        Product(
            "brass-bell",
            "Brass bell",
            59.0,
            "Heard at half a mile",
            "Cast in one pour, tuned by hand. For fog, for the change of the watch, and for whoever forgot the kettle.",
            ("storm-lantern", "enamel-mug"),
        ),
        Product(
            "watch-cap",
            "Watch cap",
            32.0,
            "Double-knit wool",
            "Close at the ears and warm when wet. Knitted in the round, so there is no seam to find at four in the "
            "morning.",
            ("enamel-mug", "brass-bell"),
        ),
        Product(
            "enamel-mug",
            "Enamel mug",
            14.0,
            "Half a litre, chips with honour",
            "Steel under two coats of enamel. It goes on the stove, over the side on a string, and back in the galley.",
            ("watch-cap", "storm-lantern"),
        ),
    )
}


def price(eur: float) -> str:
    return f"€{eur:,.2f}"
