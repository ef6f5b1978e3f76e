"""Checks of single values of leadline.toml: addresses, networks, headers, sizes."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from leadline.model.cron import CronSlots

_MEMORY_SIZE = re.compile(r"(?=[\d.]*[1-9])\d+(\.\d+)? ?(K|M|G|T)i?B", re.IGNORECASE)


def _http_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{text!r} is not an http or https address")
    return text


def _listen_address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f'{text!r} is not an address to listen on; write "127.0.0.1:8080"')
    return text


def _network(text: str) -> str:
    try:
        ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f'{text!r} is not an address or a network; write "10.0.0.0/8"') from None
    return text


def _memory_size(text: str) -> str:
    if not _MEMORY_SIZE.fullmatch(text):
        raise ValueError(f'{text!r} is not a size; write "2GB" or "500MB"')
    return text


Url = Annotated[str, AfterValidator(_http_url)]
Listen = Annotated[str, AfterValidator(_listen_address)]
Network = Annotated[str, AfterValidator(_network)]
_HEADER_NAME = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"  # RFC 9110, token
HeaderName = Annotated[str, Field(pattern=_HEADER_NAME)]
MemoryLimit = Annotated[str, AfterValidator(_memory_size)]


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not re.fullmatch(_HEADER_NAME, name):
            raise ValueError(f"{name!r} is not a header name")
        if any(code in value for code in "\r\n\0"):
            raise ValueError(f"the header {name} has a line break in its value")
    return headers


def _cron(text: str) -> str:
    CronSlots.parse(text)
    return text


Headers = Annotated[dict[str, str], AfterValidator(_sendable)]
Cron = Annotated[str, AfterValidator(_cron)]
