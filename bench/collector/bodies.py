"""1,000 bodies as the script sends them: five vitals, what caused them, clocks; some 960 bytes each."""

from __future__ import annotations

import json
import random

COUNT = 1000
BODY_BYTES = (850, 1100)


def make_bodies(seed: int = 20261124) -> list[bytes]:
    """The same bodies for every run and every variant."""
    chance = random.Random(seed)
    bodies = [json.dumps(_beacon(chance, number), separators=(",", ":")).encode() for number in range(COUNT)]
    assert all(BODY_BYTES[0] <= len(body) <= BODY_BYTES[1] for body in bodies), max(map(len, bodies))
    return bodies


def _beacon(chance: random.Random, number: int) -> dict[str, object]:
    started = 1_795_508_904_665 + number * 137
    return {
        "key": "pk_shop",
        "page_view_id": f"01K{chance.getrandbits(110):023X}"[:26],
        "seq": chance.randint(0, 5),
        "session_id": f"01K{chance.getrandbits(110):023X}"[:26],
        "service_version": chance.choice(["1.4.2", "1.5.0"]),
        "cohort": chance.choice(["baseline", "canary"]),
        "started_at": started,
        "sent_at": started + chance.randint(500, 60_000),
        # A third of the addresses carry a query of their own, as a shop's do.
        "url": f"https://shop.example/product/{chance.randint(1, 5000)}"
        + (f"?utm_source=mail&session={chance.getrandbits(64):x}" if number % 3 == 0 else ""),
        "route": "/product/:id",
        "referrer_origin": "https://search.example",
        "navigation_type": "navigate",
        "effective_connection_type": "4g",
        "device_memory_gb": 8,
        "viewport": "1440x900",
        "sdk_name": "leadline",
        "sdk_version": "0.1.0",
        "attributes": {"theme": "dark", "experiment": f"checkout-{chance.randint(1, 4)}"},
        "vitals": {
            "lcp_ms": round(chance.uniform(600, 4000), 1),
            "inp_ms": chance.randint(8, 400),
            "cls": round(chance.uniform(0, 0.3), 4),
            "fcp_ms": round(chance.uniform(300, 2000), 1),
            "ttfb_ms": round(chance.uniform(50, 800), 1),
            "attribution": {
                "lcp_target": "main>section.hero>img.cover",
                "lcp_resource_load_ms": round(chance.uniform(50, 900), 1),
                "inp_target": "button#add-to-cart",
                "inp_type": "pointer",
                "cls_target": "div.banner>p",
            },
        },
        "requests": [{"at_ms": 700, "method": "GET", "route": "/api/cart", "status_code": 200, "duration_ms": 83}],
    }
