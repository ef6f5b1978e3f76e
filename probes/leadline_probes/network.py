"""Decides whether an unreachable site is the site's fault, or that of this machine and its network."""

from __future__ import annotations

import errno
import socket

# This machine has no way out, or no descriptors or memory left: nothing is known about the site.
OURS = frozenset(
    {
        errno.ENETUNREACH,
        errno.ENETDOWN,
        errno.ENONET,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOBUFS,
        errno.ENOMEM,
        errno.EADDRNOTAVAIL,
        errno.EACCES,
        errno.EPERM,
    }
)
# The name servers were asked and said: there is no such name, or it has no address. Every other error of the resolver
# (EAI_AGAIN: no server reached, SERVFAIL, silence; EAI_FAIL, EAI_SYSTEM) says nothing about the name.
_NO_SUCH_NAME = frozenset(
    code for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY") if (code := getattr(socket, name, None)) is not None
)
# An address for documentation (RFC 5737), which nothing is ever sent to: the kernel is asked for a route only.
_ELSEWHERE = (("203.0.113.1", 9), socket.AF_INET), (("2001:db8::1", 9, 0, 0), socket.AF_INET6)


def is_no_such_name(error: socket.gaierror, host: str) -> bool:
    """Whether the site's name is what is wrong. A machine without any route can't know, but for names under `.invalid`,
    which never exist (RFC 6761)."""
    return host.endswith(".invalid") or (error.errno in _NO_SUCH_NAME and has_route())


def has_route() -> bool:
    """Whether the kernel has a route beyond this machine. Sends nothing."""
    for address, family in _ELSEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                sock.connect(address)
                return True
        except OSError:
            continue
    return False
