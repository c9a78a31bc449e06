"""A body decompressed piece by piece, so that a small answer cannot unfold into a large one."""

from __future__ import annotations

import zlib

_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_KNOWN = {"br", "compress", "identity", "zstd", *_WINDOWS}
_RAW_WINDOW = -zlib.MAX_WBITS


class BodyTooLargeError(Exception):
    """Raise when a body is larger than allowed after decompression."""


class BodyEncodingError(Exception):
    """Raise when a body is not compressed as its Content-Encoding says."""


class EncodingNotAskedForError(BodyEncodingError):
    """Raise when a body is compressed in a way not asked for; the text is its name, where it is known."""


class BodyReader:
    """Collects a body of at most ``max_bytes`` decompressed bytes from the pieces that arrive.

    ``content_encoding`` is the header's value: ``gzip``, ``deflate``, ``identity`` or empty. Raises
    EncodingNotAskedForError for any other.
    """

    def __init__(self, content_encoding: str, max_bytes: int) -> None:
        self.body = bytearray()
        self._max_bytes = max_bytes
        self._inflater: _Inflater | None = None
        encoding = content_encoding.strip().lower()
        if encoding not in {"", "identity"}:
            if encoding not in _WINDOWS:
                # A name of the webhook's own could be anything, the token too: it is not passed on.
                names = {name.strip() for name in encoding.split(",")}
                raise EncodingNotAskedForError(encoding if names <= _KNOWN else "")
            self._inflater = _Inflater(_WINDOWS[encoding])

    def feed(self, piece: bytes) -> None:
        """Take the next piece as it came over the wire; raises BodyTooLargeError and BodyEncodingError."""
        room = self._max_bytes - len(self.body) + 1
        self.body += self._inflater.inflate(piece, room) if self._inflater else piece[:room]
        if len(self.body) > self._max_bytes:
            raise BodyTooLargeError

    def finish(self) -> bytes:
        """Give the whole body; raises BodyEncodingError when the compressed data broke off."""
        if self._inflater and not self._inflater.is_complete:
            raise BodyEncodingError
        return bytes(self.body)


class _Inflater:
    def __init__(self, window: int) -> None:
        self._window = window
        self._decompressor = zlib.decompressobj(window)
        self._started = False

    @property
    def is_complete(self) -> bool:
        return not self._started or self._decompressor.eof

    def inflate(self, piece: bytes, room: int) -> bytes:
        """Decompress into at most ``room`` bytes."""
        if piece and not self._started:
            self._started = True
            self._accept_raw_deflate(piece)
        data = bytearray()
        try:
            while piece and len(data) < room:
                if self._decompressor.eof:  # a gzip file may have several members
                    self._decompressor = zlib.decompressobj(self._window)
                data += self._decompressor.decompress(piece, room - len(data))
                piece = self._decompressor.unused_data
        except zlib.error:
            raise BodyEncodingError from None
        return bytes(data)

    def _accept_raw_deflate(self, piece: bytes) -> None:
        # Some servers send "deflate" without the zlib header that RFC 9110 asks for; browsers read both.
        if self._window == zlib.MAX_WBITS and piece[0] & 0x0F != zlib.DEFLATED:
            self._window = _RAW_WINDOW
            self._decompressor = zlib.decompressobj(_RAW_WINDOW)
