"""Talking to a collector over a bare socket, as no browser does."""

from __future__ import annotations

import json
import socket
from typing import Any


def read_all(connection: socket.socket) -> bytes:
    """What the collector says until it closes."""
    received = b""
    while True:
        try:
            chunk = connection.recv(65536)
        except ConnectionResetError:
            return received
        if not chunk:
            return received
        received += chunk


def request(beacon: Any, *headers: str, path: str = "/v1/b") -> bytes:
    body = json.dumps(beacon).encode()
    head = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: text/plain", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
