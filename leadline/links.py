"""Signed links in pages: the holder of a link may act on one incident, from a phone and without a login.

The scheduler makes them and web checks them, with a shared key in the home. The token contains only the incident's id.
A link ends with its incident: the code that opens it checks that, because a token itself never expires.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path

from itsdangerous import BadData, URLSafeSerializer

__all__ = ["InvalidLink", "PageLinks"]

KEY_FILE = "link.key"
_KEY_BYTES = 32
# Part of every signature: a token made for another purpose with the same key is not a link.
_PURPOSE = "leadline incident link 1"


class InvalidLink(Exception):
    """The token was not made with this home's key."""


class PageLinks:
    """Makes and reads tokens with the key of one home."""

    def __init__(self, key: bytes) -> None:
        options = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        self._serializer = URLSafeSerializer(key, salt=_PURPOSE, signer_kwargs=options)

    @classmethod
    def open(cls, home: Path) -> PageLinks:
        """With the key in `home`, which is made at the first call. Raises OSError if it can't be read or made."""
        return cls(_read_or_make(home / KEY_FILE))

    def token_for(self, incident_id: str) -> str:
        """The same for the same incident, so that a repeated page has the same link."""
        token = self._serializer.dumps(incident_id)
        return token if isinstance(token, str) else token.decode("ascii")

    def incident_of(self, token: str) -> str:
        """The incident's id. Raises InvalidLink for anything that this key did not sign."""
        try:
            incident_id = self._serializer.loads(token)
        except BadData:
            raise InvalidLink("the link was not made by this Leadline") from None
        if not isinstance(incident_id, str):
            raise InvalidLink("the link names no incident")
        return incident_id


def _read_or_make(file: Path) -> bytes:
    if (key := _read(file)) is not None:
        return key
    file.parent.mkdir(parents=True, exist_ok=True)
    # Linked into place, so that two services that start together end up with one whole key.
    fresh = file.with_name(f"{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(secrets.token_bytes(_KEY_BYTES))
            opened.flush()
            os.fsync(opened.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        fresh.unlink(missing_ok=True)
    key = _read(file)
    if key is None:
        raise OSError(f"{file} is shorter than {_KEY_BYTES} bytes; remove it, and links in pages that are out end")
    return key


def _read(file: Path) -> bytes | None:
    try:
        key = file.read_bytes()
    except FileNotFoundError:
        return None
    return key if len(key) >= _KEY_BYTES else None
