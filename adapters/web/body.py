"""A body as it arrives, decompressed, and no larger than it may be."""

from __future__ import annotations

import zlib

OVERHEAD = 65536
"""Bytes by which what arrives may be larger than what it becomes: headers, and blocks of nothing."""

_GZIP = zlib.MAX_WBITS | 16


class BodyError(Exception):
    """Raised for a body that is too large or that cannot be decompressed; the text says which."""


class Body:
    """Collects a body; what it may hold is counted after decompression."""

    def __init__(self, encoding: str, most: int) -> None:
        self._encoding = encoding.strip().lower()
        if self._encoding not in {"", "identity", "gzip", "x-gzip"}:
            raise BodyError("its body is compressed in a way that was not asked for")
        self._most = most
        self._arrived = 0
        self._gzip = zlib.decompressobj(_GZIP) if "gzip" in self._encoding else None
        self._content = bytearray()

    def feed(self, piece: bytes) -> None:
        """Take what arrived. Raises BodyError."""
        self._arrived += len(piece)
        if self._arrived > self._most + OVERHEAD:
            self._refuse()
        if self._gzip is None:
            self._add(piece)
            return
        try:
            while piece:
                if self._gzip.eof:
                    self._gzip = zlib.decompressobj(_GZIP)
                self._add(self._gzip.decompress(piece, self._most + 1 - len(self._content)))
                piece = self._gzip.unused_data or self._gzip.unconsumed_tail
        except zlib.error:
            raise BodyError("its body cannot be decompressed") from None

    def finish(self) -> bytes:
        """Answer the whole body. Raises BodyError where its end is missing."""
        if self._gzip is not None and self._arrived and not self._gzip.eof:
            raise BodyError("its body cannot be decompressed: the end is missing")
        return bytes(self._content)

    def _add(self, piece: bytes) -> None:
        self._content += piece
        if len(self._content) > self._most:
            self._refuse()

    def _refuse(self) -> None:
        raise BodyError(f"its body is larger than {self._most:,} bytes")
