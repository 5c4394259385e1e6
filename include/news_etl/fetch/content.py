"""Content encodings, undone while the body arrives and never past a limit."""

import zlib
from typing import Protocol

import brotli  # type: ignore[import-untyped]

from news_etl.fetch.fetched import FetchReason, Stopped

ACCEPT_ENCODING = "gzip, br"
"""`deflate` is left out: servers disagree about what it means. It is understood where one sends it all the same."""

GZIP_MAGIC = b"\x1f\x8b"
PIECE = 1 << 20
MAGIC_BYTES = 2
"""By the first bytes it is seen what a body really is."""


class _Decoder(Protocol):
    @property
    def is_complete(self) -> bool:
        """Whether the encoded data have come to their end."""

    def decode(self, data: bytes, most: int) -> bytes:
        """About the next `most` bytes of content at most; call again with b"" for more."""


class Content:
    """The content of a body, gathered as its encoded bytes arrive.

    Raises:
        Stopped: TOO_LARGE or DECOMPRESSION_BOMB past `limit` bytes (the surplus is never produced), BAD_ENCODING for
            data that are not what the header says, or an encoding that was not asked for.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        self._encoding = encoding
        self._limit = limit
        self._decoder: _Decoder | None = None
        self._first = b""
        self._content = bytearray()

    def feed(self, data: bytes) -> None:
        if self._decoder is None:
            data = self._first = self._first + data
            if len(data) < MAGIC_BYTES:
                return
        self._decode(data)

    def _decode(self, data: bytes) -> None:
        if self._decoder is None:
            self._decoder = _decoder(self._encoding, data)
        try:
            while piece := self._decoder.decode(data, PIECE):
                self._content += piece
                if len(self._content) > self._limit:
                    self._refuse()
                data = b""
        except (zlib.error, brotli.error) as error:
            raise Stopped(FetchReason.BAD_ENCODING, f"not {self._encoding}, as the server says: {error}") from None

    def finish(self) -> bytes:
        """The whole content.

        Raises:
            Stopped: TRUNCATED when the encoding has not come to its end.
        """
        if self._decoder is None and self._first:
            self._decode(self._first)
        if self._decoder and not self._decoder.is_complete:
            raise Stopped(FetchReason.TRUNCATED, f"the {self._encoding} data end too early")
        return bytes(self._content)

    def _refuse(self) -> None:
        if isinstance(self._decoder, _Identity):
            raise Stopped(FetchReason.TOO_LARGE, f"more than {self._limit:,} bytes")
        raise Stopped(FetchReason.DECOMPRESSION_BOMB, f"decompresses to more than {self._limit:,} bytes")


class _Identity:
    @property
    def is_complete(self) -> bool:
        return True

    def decode(self, data: bytes, most: int) -> bytes:
        return data


class _Zlib:
    """gzip (also of several members) and deflate."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._stream = zlib.decompressobj(wbits)
        self._rest = b""

    @property
    def is_complete(self) -> bool:
        return self._stream.eof

    def decode(self, data: bytes, most: int) -> bytes:
        self._rest += data
        while True:
            if self._stream.eof:
                if not self._rest.startswith(GZIP_MAGIC):  # padding after the last member, or half of a magic number
                    self._rest = self._rest[: len(GZIP_MAGIC) - 1]
                    return b""
                self._stream = zlib.decompressobj(self._wbits)
            piece = self._stream.decompress(self._rest, most)
            self._rest = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            if piece or not self._rest:  # a member may be empty, and others follow
                return piece


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    @property
    def is_complete(self) -> bool:
        return bool(self._stream.is_finished())

    def decode(self, data: bytes, most: int) -> bytes:
        if self._stream.is_finished():
            return b""
        return bytes(self._stream.process(data, output_buffer_limit=most))


def _decoder(encoding: str, first: bytes) -> _Decoder:
    if encoding in ("", "identity"):
        return _Identity()
    if encoding in ("gzip", "x-gzip"):
        # plain pages with this header are common: a proxy has unpacked them. Browsers, too, look at the bytes
        return _Zlib(31) if first.startswith(GZIP_MAGIC) else _Identity()
    if encoding == "deflate":
        is_zlib = first[0] & 0x0F == 8 and int.from_bytes(first[:2]) % 31 == 0
        return _Zlib(15 if is_zlib else -15)
    if encoding == "br":
        return _Brotli()
    raise Stopped(FetchReason.BAD_ENCODING, f"the content encoding {encoding!r} was not asked for")
