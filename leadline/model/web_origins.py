"""Web addresses compared as browsers compare them: scheme, host and port in the form that browsers use.

It implements the URL standard (https://url.spec.whatwg.org/#host-parsing) as far as two spellings of one address must
be equal: lower case, punycode, IPv4 and IPv6 in their shortest form, default ports, no dot at the end.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}

# What separates the labels of a name: UTS 46 maps the three others to the first.
_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_IPV4_PART = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")


@dataclass(frozen=True, slots=True)
class WebOrigin:
    """Scheme, host and port, each as a browser writes it: `host` has brackets if it is an IPv6 address."""

    scheme: str
    host: str
    port: int

    @property
    def is_default_port(self) -> bool:
        return DEFAULT_PORTS.get(self.scheme) == self.port

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP address, which has no subdomains and needs no resolver."""
        return self.host.startswith("[") or _IPV4.fullmatch(self.host) is not None

    @property
    def bare_host(self) -> str:
        """The host without brackets, for sockets."""
        return self.host.strip("[]")

    def __str__(self) -> str:
        port = "" if self.is_default_port else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


_IPV4 = re.compile(r"\d{1,3}(\.\d{1,3}){3}")


@lru_cache(maxsize=1024)
def read_origin(url: str) -> WebOrigin | None:
    """The origin of an http(s) or ws(s) address; None for anything else."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    host = browser_host(parts.hostname or "")
    if scheme not in DEFAULT_PORTS or not host:
        return None
    return WebOrigin(scheme, host, DEFAULT_PORTS[scheme] if port is None else port)


def browser_host(host: str) -> str:
    """`host` as a browser writes it; empty if no browser accepts it."""
    if ":" in host:
        try:
            return f"[{ipaddress.IPv6Address(host.strip('[]').partition('%')[0]).compressed}]"
        except ValueError:
            return ""
    labels = _DOTS.split(unicodedata.normalize("NFKC", unquote(host).lower()))
    if labels and labels[-1] == "":
        labels.pop()
    if not labels:
        return ""
    if _IPV4_PART.fullmatch(labels[-1]):
        return _ipv4(labels)
    try:
        return ".".join(_ascii_label(label) for label in labels)
    except UnicodeError:
        return ""


def password_in(url: str | None) -> tuple[str, ...]:
    """The password of an address, as written and decoded; empty if there is none."""
    try:
        password = urlsplit(url or "").password
    except ValueError:
        return ()
    return tuple(dict.fromkeys((password, unquote(password)))) if password else ()


def credentials_in(url: str | None) -> tuple[str, str] | None:
    """User and password of an address, decoded; None if it has neither."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    if parts.username is None and parts.password is None:
        return None
    return unquote(parts.username or ""), unquote(parts.password or "")


def without_credentials(url: str) -> str:
    """The address as a browser shows it: without user and password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if "@" in parts.netloc else url


def without_password(url: str) -> str:
    """The address for display: `http://stage:•••@shop.example/`."""
    try:
        parts = urlsplit(url)
        if not parts.password:
            return url
    except ValueError:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:•••@{host}"))


def what_slash_opens(base_url: str | None) -> str | None:
    """For a base_url with a path, a sentence on what `goto` opens; None if there is nothing to say.

    Addresses are joined as browsers join links (https://url.spec.whatwg.org/#relative-state): `/` is the site's root.
    """
    if base_url is None or urlsplit(base_url).path in ("", "/"):
        return None
    shown = without_password(base_url)
    opened = {place: urljoin(shown, place) for place in ("/", "", "cart")}
    if urlsplit(base_url).path.endswith("/"):
        return f'goto("/") opens {opened["/"]}, goto("") opens {opened[""]}, goto("cart") opens {opened["cart"]}'
    better = f"end base_url with a slash for {urljoin(shown + '/', 'cart')}"
    return f'goto("/") opens {opened["/"]}, goto("cart") opens {opened["cart"]}; {better}'


def host_with_port(host: str, port: int | None, *, scheme: str) -> str:
    """The value of a `Host` header: without the scheme's default port."""
    return host if port is None or DEFAULT_PORTS.get(scheme) == port else f"{host}:{port}"


def _ascii_label(label: str) -> str:
    """A label in ASCII. Lower case and NFKC is UTS 46 without its transitional mappings, as browsers have it: `ß` stays
    a letter of its own."""
    if label.isascii():
        return label
    return f"xn--{unicodedata.normalize('NFC', label).encode('punycode').decode('ascii')}"


def _ipv4(labels: list[str]) -> str:
    """One to four numbers, decimal, octal or hexadecimal, the last of which fills the rest."""
    if len(labels) > 4 or not all(_IPV4_PART.fullmatch(label) for label in labels):
        return ""
    try:
        numbers = [_ipv4_number(label) for label in labels]
    except ValueError:
        return ""
    *firsts, last = numbers
    if any(number > 255 for number in firsts) or last >= 256 ** (4 - len(firsts)):
        return ""
    value = last + sum(number << 8 * (3 - place) for place, number in enumerate(firsts))
    return str(ipaddress.IPv4Address(value))


def _ipv4_number(label: str) -> int:
    if label[:2] in ("0x", "0X"):
        return int(label[2:] or "0", 16)
    return int(label, 8) if len(label) > 1 and label.startswith("0") else int(label)
