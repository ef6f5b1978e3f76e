"""A `listen` address: to bind to, and to reach it from this machine."""

from __future__ import annotations

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "*": "127.0.0.1"}


def split_listen(listen: str) -> tuple[str, int]:
    """Host without brackets, and port."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def reach(listen: str) -> tuple[str, int]:
    """Where a client on this machine connects: an address that means "everywhere" becomes loopback."""
    host, port = split_listen(listen)
    return _EVERYWHERE.get(host, host), port


def base_url(listen: str) -> str:
    """`http://host:port`, as a client on this machine writes it."""
    host, port = reach(listen)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
