"""The landing: every document as it came, one WARC record each, in immutable parts.

A part is readable by any WARC tool. A landed file is a `resource` record, a page of an archive stays a `response`
with its HTTP headers. What the pipeline knows besides stands in header fields of its own (`News-…`), which WARC
readers pass over. Nothing here asks the clock: the same documents give the same bytes in any landing.
"""

import base64
import hashlib
import io
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, BinaryIO
from urllib.parse import quote, unquote

import brotli  # type: ignore[import-untyped]
from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import BufferedReader
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from news_etl.document import Document
from news_etl.store import Store

NAMESPACE = uuid.UUID("6f0c1a0e-6f3e-5b53-9d0c-0c6d9a4f4c1b")
"""Namespace of the record ids (UUIDv5). Changing it would land every document anew."""

WARC_VERSION = "WARC/1.1"
CHUNK = 1 << 20
EPOCH = date(1970, 1, 1)


class _Brotli:
    """A decoder for pages that came with `Content-Encoding: br`: warcio's own fails on brotli 1.2."""

    PIECE = 1 << 28
    """Bytes at most that one piece of 16 kB may become."""
    unused_data = b""

    def __init__(self) -> None:
        self._decoder = brotli.Decompressor()

    def decompress(self, data: bytes) -> bytes:
        whole = self._decoder.can_accept_more_data()  # else it is past what one piece may become: cut there
        return bytes(self._decoder.process(data, output_buffer_limit=self.PIECE)) if whole else b""

    def flush(self) -> bytes:
        return b""


BufferedReader.DECOMPRESSORS["br"] = _Brotli


@dataclass
class Arrival:
    """A document on its way into the landing.

    `path` tells it from the others of its source and day: the path in the inbox, for a page of an archive with its URL.
    `block` is the content of the WARC record: of a `response` it holds the HTTP headers too, while `sha256` is always
    that of the document alone. `container` is the archive it came in, if any.
    """

    path: str
    sha256: str
    block: Callable[[], BinaryIO]
    media_type: str
    record_type: str = "resource"
    url: str | None = None
    fetched_at: datetime | None = None
    container: str | None = None
    damage: str | None = None


@dataclass
class Landed:
    """What one call of `land` did, in documents. `part` is the new part, null where nothing was new."""

    new: int = 0
    known: int = 0
    bytes: int = 0
    part: str | None = None
    record_ids: set[str] = field(default_factory=set, repr=False)


def record_id(source: str, day: date, path: str, sha256: str) -> str:
    """The landing key as a UUIDv5: the same source, day, path and content are the same document."""
    return str(uuid.uuid5(NAMESPACE, "\n".join((source, day.isoformat(), path, sha256))))


def land(store: Store, source: str, day: date, arrivals: Callable[[], Iterable[Arrival]]) -> Landed:
    """Land what is not landed yet, as one new part.

    `arrivals` is called twice: to learn which documents are new (the part is named after them, so that two
    collectors at work at once can never overwrite each other's documents), then to copy those.

    Raises:
        OSError: when the documents changed between the two readings; the next attempt lands them.
    """
    known = landed_ids(store, store.landed_parts(source, day))
    landed = Landed()
    for arrival in arrivals():
        identity = record_id(source, day, arrival.path, arrival.sha256)
        if identity in known:
            landed.known += 1
        else:
            landed.record_ids.add(identity)
    landed.new = len(landed.record_ids)
    if landed.new:
        digest = hashlib.sha256("\n".join(sorted(landed.record_ids)).encode()).hexdigest()
        landed.part = f"{store.landing(source, day)}/part-{digest[:16]}.warc.gz"
        landed.bytes = _write_part(store, landed.part, source, day, arrivals(), landed.record_ids)
    return landed


def landed_ids(store: Store, parts: Iterable[str]) -> set[str]:
    """The record ids that the parts hold."""
    return {_identity(record) for part in parts for record in _records(store, part, parse_http=False)}


def read_landing(store: Store, source: str, day: date, parts: list[str], max_bytes: int) -> Iterator[Document]:
    """Every document of the parts once, whatever parts it is in. What follows must not depend on the order.

    A payload is cut after `max_bytes` + 1 bytes: enough for the extractor to see that it is too large.
    """
    best: dict[str, str] = {}
    for part in parts:
        for record in _records(store, part, parse_http=False):
            best.setdefault(_identity(record), part)
    for part in parts:
        for record in _records(store, part, parse_http=True):
            if best.get(_identity(record)) == part:
                del best[_identity(record)]
                yield _document(record, part, source, day, max_bytes)


def find_document(store: Store, part: str, identity: str, source: str, day: date, max_bytes: int) -> Document | None:
    """The document that a raw pointer names, null where the part does not hold it."""
    for record in _records(store, part, parse_http=True):
        if _identity(record) == identity:
            return _document(record, part, source, day, max_bytes)
    return None


def as_document(arrival: Arrival) -> Document:
    """The document that landing an arrival and reading it again would give, outside any source and day."""
    part = io.BytesIO()
    writer = WARCWriter(part, gzip=False, warc_version=WARC_VERSION)
    with arrival.block() as block:
        writer.write_record(_warc_record(arrival, "", EPOCH, block))
    part.seek(0)
    return _document(next(iter(ArchiveIterator(part))), None, None, None, part.getbuffer().nbytes)


def _write_part(store: Store, part: str, source: str, day: date, arrivals: Iterable[Arrival], wanted: set[str]) -> int:
    missing = set(wanted)
    with store.write(part) as file:
        writer = WARCWriter(file, gzip=True, warc_version=WARC_VERSION)
        for arrival in arrivals:
            identity = record_id(source, day, arrival.path, arrival.sha256)
            if identity in missing:
                missing.remove(identity)
                with arrival.block() as block:
                    writer.write_record(_warc_record(arrival, identity, day, block))
        if missing:
            raise OSError(f"{source} {day}: {len(missing)} documents changed while they were landed; try again")
        return file.tell()


def _warc_record(arrival: Arrival, identity: str, day: date, block: BinaryIO) -> ArcWarcRecord:
    """The record of an arrival. Its block is copied byte for byte: HTTP headers are not parsed and written anew."""
    is_http = arrival.record_type in ("response", "revisit")
    # WARC-Date is mandatory. Where the time of the fetch is not known it is the start of the day the document is
    # filed under, and the absent News-Fetched-At says that it is no fetch time.
    at = arrival.fetched_at or datetime(day.year, day.month, day.day, tzinfo=UTC)
    headers = {
        "WARC-Type": arrival.record_type,
        "WARC-Target-URI": _one_line(arrival.url) if arrival.url else f"file:///{quote(arrival.path)}",
        "WARC-Date": _iso(at),
        "WARC-Record-ID": f"<urn:uuid:{identity}>",
        "WARC-Payload-Digest": f"sha256:{base64.b32encode(bytes.fromhex(arrival.sha256)).decode()}",
        "News-Path": quote(arrival.path, safe="/:#=?&@+,;~"),
        "News-SHA256": arrival.sha256,
        "News-Media-Type": arrival.media_type,
        "News-Fetched-At": _iso(arrival.fetched_at) if arrival.fetched_at else "",
        "News-URL": _one_line(arrival.url or ""),
        "News-Container": quote(arrival.container or ""),
        "News-Damage": _one_line(arrival.damage or ""),
    }
    length = block.seek(0, io.SEEK_END)
    block.seek(0)
    return ArcWarcRecord(
        "warc",
        "response",  # only what the writer does with it: it would leave out the block of a revisit
        StatusAndHeaders("", [(name, value) for name, value in headers.items() if value], WARC_VERSION),
        block,
        None,
        "application/http; msgtype=response" if is_http else arrival.media_type,
        length,
    )


def _records(store: Store, part: str, *, parse_http: bool) -> Iterator[Any]:
    with store.open(part) as file:
        yield from ArchiveIterator(file, no_record_parse=not parse_http)


def _identity(record: Any) -> str:
    return str(record.rec_headers.get_header("WARC-Record-ID")).removeprefix("<urn:uuid:").removesuffix(">")


def _document(record: Any, part: str | None, source: str | None, day: date | None, max_bytes: int) -> Document:
    header: Callable[[str], str | None] = record.rec_headers.get_header
    fetched_at = header("News-Fetched-At")
    http = record.http_headers
    payload, is_cut = _payload(record, max_bytes)
    return Document(
        path=unquote(header("News-Path") or ""),
        payload=payload,
        media_type=header("News-Media-Type") or "application/octet-stream",
        url=header("News-URL"),
        fetched_at=datetime.fromisoformat(fetched_at) if fetched_at else None,
        charset=_charset(http.get_header("Content-Type") or "") if http else None,
        http_status=_status(http) if http else None,
        record_type=record.rec_type,
        damage=header("News-Damage"),
        is_cut=is_cut,
        source=source,
        day=day,
        record_id=_identity(record),
        sha256=header("News-SHA256") or "",
        raw_file=part,
    )


def _payload(record: Any, max_bytes: int) -> tuple[bytes, bool]:
    """The document without transfer and content encoding, cut after `max_bytes` + 1 bytes.

    And whether its content encoding ends too early: then this is only its beginning.
    """
    stream = record.content_stream()
    pieces: list[bytes] = []
    left = max_bytes + 1
    while left > 0 and (piece := stream.read(min(left, CHUNK))):
        pieces.append(piece)
        left -= len(piece)
    # zlib's decoders know whether they have seen the end; where the server lied about the encoding there is none
    is_open = getattr(getattr(stream, "decompressor", None), "eof", True) is False
    return b"".join(pieces), left > 0 and is_open and bool(pieces)


def _status(http: Any) -> int | None:
    code = str(http.get_statuscode())
    return int(code) if len(code) == 3 and code.isdecimal() else None


def _charset(content_type: str) -> str | None:
    _, _, parameters = content_type.partition(";")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip():
            return value.strip().strip("\"'").lower()
    return None


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _one_line(text: str) -> str:
    """A header value: a line break in it would start a header of its own."""
    return " ".join(text.split())


def sha256_of(stream: BinaryIO) -> str:
    """The digest of the rest of a stream, read in pieces."""
    digest = hashlib.sha256()
    while piece := stream.read(CHUNK):
        digest.update(piece)
    return digest.hexdigest()
