"""Reads a text that a person saved, with whatever editor: UTF-8, with or without a byte order mark."""

from __future__ import annotations

import codecs
from pathlib import Path

__all__ = ["read_text_file"]

_OTHER_UNICODE = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}


def read_text_file(file: Path) -> str:
    """The text without its mark. Raises OSError, and ValueError that says how the file was saved and what to do."""
    held = file.read_bytes()
    try:
        return held.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        if named := _OTHER_UNICODE.get(held[:2]):
            raise ValueError(f"it is saved as {named}; save it as UTF-8") from error
        line, byte = held.count(b"\n", 0, error.start) + 1, held[error.start]
        raise ValueError(f"line {line} holds the byte 0x{byte:02X}, which is no UTF-8; save it as UTF-8") from error
