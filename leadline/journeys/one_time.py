"""`totp("SHOP_TOTP")`: the six digits that an authenticator app shows now, for sites that ask for a second factor.

RFC 6238 with its defaults (SHA-1, 30 s, six digits), which is what such apps read from a QR code. The key is a secret
like any other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

from leadline import clock
from leadline.errors import ConfigurationError
from leadline.journeys.secrets import secret

_PERIOD_S = 30
_DIGITS = 6


def totp(name: str) -> str:
    """The current code. `name` is a secret: the key in base 32, or the whole `otpauth://` address."""
    key = secret(name)
    return totp_at(read_key(str(key), name), clock.now_ms() // 1000)


def read_key(text: str, name: str) -> bytes:
    """The bytes of a key as sites show it: in groups, in any case, without padding."""
    said = parse_qs(urlsplit(text).query).get("secret", [""])[0] if text.startswith("otpauth:") else text
    letters = "".join(said.split()).replace("-", "").upper().rstrip("=")
    try:
        return base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raise ConfigurationError(
            f"secret {name} is not a key for one-time codes", hint="it is base 32: letters A to Z and digits 2 to 7"
        ) from None


def totp_at(key: bytes, now_s: int) -> str:
    """RFC 4226, section 5.3, over the number of the period."""
    digest = hmac.new(key, (now_s // _PERIOD_S).to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)
