"""Reports as browsers send them, and what the adapter makes of some."""

from __future__ import annotations

import json
from typing import Any

from leadline_collector.adapters import Foreign
from leadline_collector.adapters.reports import translate

CSP = {
    "type": "csp-violation",
    "age": 5000,
    "url": "https://shop.example/cart?u=1",
    "body": {
        "documentURL": "https://shop.example/cart",
        "effectiveDirective": "script-src-elem",
        "blockedURL": "https://evil.example/a.js",
        "disposition": "enforce",
        "sourceFile": "https://shop.example/app.js",
        "lineNumber": 10,
        "columnNumber": 5,
    },
}
CRASH = {"type": "crash", "age": 1, "url": "https://shop.example/", "body": {"reason": "oom"}}
NEL = {
    "type": "network-error",
    "age": 1,
    "url": "https://shop.example/api/cart",
    "body": {
        "type": "tcp.refused",
        "phase": "connection",
        "method": "POST",
        "status_code": 0,
        "sampling_fraction": 0.1,
    },
}
DEPRECATION = {
    "type": "deprecation",
    "url": "https://shop.example/",
    "body": {"id": "UnloadHandler", "message": "Unload event listeners are deprecated."},
}
PERMISSIONS = {
    "type": "permissions-policy-violation",
    "url": "https://shop.example/",
    "body": {"policyId": "geolocation", "message": "Geolocation access has been blocked"},
}
COEP = {
    "type": "coep",
    "url": "https://shop.example/",
    "body": {"type": "corp", "blockedURL": "https://cdn.example/a.png"},
}
INTERVENTION = {"type": "intervention", "url": "https://shop.example/", "body": {"id": "slow", "message": "blocked"}}


def translated(*reports: Any, version: str | None = None, **called: Any) -> list[Any]:
    body = json.dumps(reports).encode()
    known = {"own_hosts": frozenset({"c.example"}), "known_keys": {"pk_shop"}, **called}
    answer = translate(Foreign(body, "pk_shop", version, received_at_ms=1_000_000, **known))
    assert isinstance(answer, list)
    return answer
