"""Whose request it is, and what of the address may be kept: the /24 or /48 until the record is loaded."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

# Distinct senders of some minutes; cleared when full.
REMEMBERED_ADDRESSES = 50_000


class Addresses:
    """Finds the sender behind trusted proxies, and cuts addresses to networks."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._trusted = [ipaddress.ip_network(each, strict=False) for each in trusted]
        self._networks: dict[str, str] = {}
        self._is_trusted: dict[str, bool] = {}
        self._senders: dict[tuple[str, bytes], str] = {}

    def find_sender(self, peer: str, forwarded: bytes | None) -> str:
        """The nearest address that no trusted proxy has; empty for a peer on loopback that forwards none."""
        if forwarded is None:
            return "" if _is_loopback(peer) else peer
        sender = self._senders.get((peer, forwarded))
        if sender is None:
            _bound(self._senders)
            sender = self._senders[peer, forwarded] = self._follow(peer, forwarded)
        return sender

    def _follow(self, peer: str, forwarded: bytes) -> str:
        if not self.trusts(peer):
            return peer
        for part in reversed(forwarded.decode("latin-1").split(",")):
            address = part.strip().strip("[]")
            if not self.trusts(address):
                return address if _parse(address) is not None else peer
        return peer

    def trusts(self, address: str) -> bool:
        known = self._is_trusted.get(address)
        if known is None:
            parsed = _parse(address)
            known = parsed is not None and any(parsed in network for network in self._trusted)
            _bound(self._is_trusted)
            self._is_trusted[address] = known
        return known

    def cut(self, address: str) -> str:
        """`203.0.113.0/24`, `2001:db8:1::/48`, or nothing for what is no address."""
        network = self._networks.get(address)
        if network is None:
            _bound(self._networks)
            network = self._networks[address] = cut_address(address)
        return network


def cut_address(address: str) -> str:
    """The network that may be kept of an address."""
    parsed = _parse(address)
    if parsed is None:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return None


def _is_loopback(address: str) -> bool:
    return address.startswith("127.") or address in {"::1", ""}


def _bound(known: dict[str, str] | dict[str, bool] | dict[tuple[str, bytes], str]) -> None:
    if len(known) >= REMEMBERED_ADDRESSES:
        known.clear()
