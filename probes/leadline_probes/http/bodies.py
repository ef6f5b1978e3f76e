"""The body of an answer, read piece by piece and only as far as the caller reads, so that a bomb does no harm."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator

from leadline_probes.http.heads import Head, NoHttpAnswer

# A line with the size of a chunk, and its extensions.
_LONGEST_CHUNK_LINE = 4096
_PIECE_BYTES = 64 * 1024
_NO_BODY = {204, 205, 304}


class UnreadableBody(Exception):
    """The body arrived, but we can't read it: our own limit, not the site's fault."""


def has_body(head: Head, method: str) -> bool:
    return method != "HEAD" and head.status >= 200 and head.status not in _NO_BODY


async def read_pieces(head: Head, first: bytes, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The body as the site wrote it, decompressed. `first` arrived together with the head."""
    codings = [coding.strip().lower() for coding in (head.get("content-encoding") or "").split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    pieces = _raw_pieces(head, _Source(first, reader))
    if not codings:
        async for piece in pieces:
            yield piece
        return
    if len(codings) > 1 or codings[0] not in ("gzip", "x-gzip", "deflate"):
        raise UnreadableBody(f"the body is compressed by {', '.join(codings)}, which a check can't read")
    decompress = _Decompressor(codings[0])
    async for piece in pieces:
        for part in decompress.feed(piece):
            yield part


class _Source:
    """What is left of the first read, then the connection."""

    def __init__(self, first: bytes, reader: asyncio.StreamReader) -> None:
        self._first = first
        self._reader = reader

    async def some(self, most: int) -> bytes:
        """At least one byte; b"" at the end of the connection."""
        if self._first:
            piece, self._first = self._first[:most], self._first[most:]
            return piece
        return await self._reader.read(most)

    async def line(self) -> bytes:
        """Up to and without its line end."""
        read = bytearray()
        while not read.endswith(b"\n"):
            one = await self.some(1)
            if not one:
                raise NoHttpAnswer("the connection ended in the middle of the body")
            read += one
            if len(read) > _LONGEST_CHUNK_LINE:
                raise NoHttpAnswer("the body's chunks are not readable")
        return bytes(read).strip()


async def _raw_pieces(head: Head, source: _Source) -> AsyncIterator[bytes]:
    if head.is_chunked:
        async for piece in _chunks(source):
            yield piece
        return
    said = head.get("content-length")
    left = int(said) if said is not None and said.isascii() and said.isdigit() else None
    while left is None or left > 0:
        piece = await source.some(_PIECE_BYTES if left is None else min(left, _PIECE_BYTES))
        if not piece:
            if left is not None:
                raise NoHttpAnswer(f"the connection ended {left} bytes before the end of the body")
            return
        left = None if left is None else left - len(piece)
        yield piece


async def _chunks(source: _Source) -> AsyncIterator[bytes]:
    while True:
        size_text = (await source.line()).partition(b";")[0].strip()
        try:
            left = int(size_text, 16)
        except ValueError:
            raise NoHttpAnswer(f"the body's chunks are not readable: {size_text[:20]!r}") from None
        if left == 0:
            return
        while left > 0:
            piece = await source.some(min(left, _PIECE_BYTES))
            if not piece:
                raise NoHttpAnswer("the connection ended in the middle of the body")
            left -= len(piece)
            yield piece
        await source.line()


class _Decompressor:
    """gzip, zlib, and the bare deflate that some servers send under that name."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._zlib = zlib.decompressobj(wbits=47 if coding != "deflate" else 15)
        self._is_first = True

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The parts, each of bounded size and made on demand: of a bomb, only as much as is read."""
        yield self._first_part(piece) if self._is_first else self._part(piece)
        while self._zlib.unconsumed_tail:
            yield self._part(self._zlib.unconsumed_tail)

    def _first_part(self, piece: bytes) -> bytes:
        self._is_first = False
        if self._coding == "deflate":
            try:
                return self._zlib.decompress(piece, _PIECE_BYTES)
            except zlib.error:
                self._zlib = zlib.decompressobj(wbits=-15)
        return self._part(piece)

    def _part(self, piece: bytes) -> bytes:
        try:
            return self._zlib.decompress(piece, _PIECE_BYTES)
        except zlib.error as error:
            raise NoHttpAnswer(f"the body is not {self._coding}: {error}") from error
