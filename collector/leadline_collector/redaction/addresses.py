"""Finds the sender's address, and what may be kept of it: the /24 or /48 until the record is loaded."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

# Distinct senders of a few minutes; cleared when full.
REMEMBERED_ADDRESSES = 50_000
# Limit for forwarded addresses: four in the longest form. A header may have 30 kB, each time different.
LONGEST_REMEMBERED = 160


class Addresses:
    """Finds the sender behind trusted proxies, and cuts addresses to networks."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._trusted = [ipaddress.ip_network(each, strict=False) for each in trusted]
        self._networks: dict[str, str] = {}
        self._is_trusted: dict[str, bool] = {}
        self._senders: dict[tuple[str, bytes], str] = {}

    def find_sender(self, peer: str, forwarded: bytes | None) -> str:
        """The nearest address that is not a trusted proxy; empty for a peer on loopback that forwards none.

        Of an IPv6 address the first half: a sender gets that and can choose the rest (RFC 6177).
        """
        if forwarded is None:
            if ":" not in peer:
                return "" if peer.startswith("127.") else peer
            if _is_loopback(peer):
                return ""
            forwarded = b""
        sender = self._senders.get((peer, forwarded))
        if sender is None:
            sender = _name_sender(self._follow(peer, forwarded))
            if len(forwarded) <= LONGEST_REMEMBERED:
                _bound(self._senders)
                self._senders[peer, forwarded] = sender
        return sender

    def _follow(self, peer: str, forwarded: bytes) -> str:
        """Reads from the right, where the nearest proxy writes; text from an untrusted proxy is ignored."""
        sender = peer
        for part in reversed(forwarded.decode("latin-1").split(",")):
            if not self.trusts(sender):
                break
            address = _without_port(part.strip())
            if _parse(address) is None:
                break  # "unknown", or invalid
            sender = address
        return sender

    def trusts(self, address: str) -> bool:
        known = self._is_trusted.get(address)
        if known is None:
            parsed = _parse(address)
            known = parsed is not None and any(parsed in network for network in self._trusted)
            if len(address) <= LONGEST_REMEMBERED:
                _bound(self._is_trusted)
                self._is_trusted[address] = known
        return known

    def cut(self, address: str) -> str:
        """`203.0.113.0/24`, `2001:db8:1::/48`, or nothing if it is not an address."""
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
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        # The /48 of a 6to4 address (RFC 3056) is all of an IPv4 address.
        return parsed.ipv4_mapped or parsed.sixtofour or parsed
    return parsed


def _without_port(address: str) -> str:
    """`203.0.113.7:1234` and `[2001:db8::1]:1234`, as some proxies write them, without the port."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def _name_sender(address: str) -> str:
    parsed = _parse(address)
    if parsed is None:
        return ""
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)


def _is_loopback(address: str) -> bool:
    parsed = _parse(address)
    return parsed is not None and parsed.is_loopback


def _bound(known: dict[str, str] | dict[str, bool] | dict[tuple[str, bytes], str]) -> None:
    if len(known) >= REMEMBERED_ADDRESSES:
        known.clear()
