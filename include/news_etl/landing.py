"""The landing: every document as it came, one WARC record each, in immutable parts.

A part is readable by any WARC tool. A landed file is a `resource` record; a fetched page is a `request` and a
`response`, as they passed on the wire, or a `revisit` where it brought nothing new; a page of an archive stays what it
is there. What the pipeline knows besides stands in header fields of its own (`News-…`), which WARC readers pass over:
in the record itself, or in a `metadata` record before one that was copied unchanged. Nothing here asks the clock: the
same documents give the same bytes in any landing.
"""

import base64
import hashlib
import io
import logging
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, Self
from urllib.parse import quote, unquote

import brotli  # type: ignore[import-untyped]
from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import BufferedReader
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from news_etl.document import Document
from news_etl.fetch.content import GZIP_MAGIC
from news_etl.fetch.optouts import header_opt_outs
from news_etl.store import Growing, Store

log = logging.getLogger(__name__)

NAMESPACE = uuid.UUID("6f0c1a0e-6f3e-5b53-9d0c-0c6d9a4f4c1b")
"""Namespace of the record ids (UUIDv5). Changing it would land every document anew."""

WARC_VERSION = "WARC/1.1"
CHUNK = 1 << 20
GZIP = 31
"""The `wbits` of zlib for gzip with its header and checksum."""
EPOCH = date(1970, 1, 1)


Label = Callable[[str], str | None]
"""The header fields in which the landing says what it knows of a document, by name."""


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


@dataclass(frozen=True)
class Original:
    """The landed record whose payload a revisit repeats."""

    record_id: str
    url: str
    fetched_at: datetime


@dataclass(frozen=True)
class Member:
    """A compressed record of an archive, as it stands in the file from byte `begin` to `end`."""

    file: Path
    begin: int
    end: int
    record_id: str

    def copy_to(self, out: BinaryIO) -> None:
        with self.file.open("rb") as stream:
            stream.seek(self.begin)
            left = self.end - self.begin
            while left and (piece := stream.read(min(left, CHUNK))):
                out.write(piece)
                left -= len(piece)
        if left:
            raise OSError(f"{self.file} changed while it was landed; try again")


@dataclass
class Arrival:
    """A document on its way into the landing.

    `path` tells it from the others of its source and day: the path in the inbox, for a page of an archive with its URL,
    for a fetched page the address that was asked for. `block` is the content of the WARC record: of a `response` it
    holds the HTTP headers too, while `sha256` is always that of the document alone. `container` is the archive it came
    in, if any, and `member` the record as it stands there, where it can be copied unchanged.

    Of a fetched page, `request` is what was sent, `http_status` what came back, `payload_sha256` the digest of its body
    as received, `original` the record whose content it repeats (then it is a `revisit`), and
    `tdm_opt_out` what the site says against text and data mining.
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
    member: Member | None = None
    request: bytes | None = None
    http_status: int | None = None
    payload_sha256: str | None = None
    original: Original | None = None
    tdm_opt_out: tuple[str, ...] = ()


@dataclass
class Landed:
    """What landed for a day: documents that are new, known already, and in all.

    `part` is the new part, null where nothing was new, and `bytes` its size.
    """

    new: int = 0
    known: int = 0
    documents: int = 0
    bytes: int = 0
    part: str | None = None


def record_id(source: str, day: date, path: str, sha256: str) -> str:
    """The landing key as a UUIDv5: the same source, day, path and content are the same document."""
    return str(uuid.uuid5(NAMESPACE, "\n".join((source, day.isoformat(), path, sha256))))


class Landing:
    """The landing of a source, open for what arrives: one new part a day, of the documents that it has not yet.

    A part grows under a temporary name and gets its own when it is closed. That name is a digest of the documents in
    it, so two collectors at work at once can never overwrite each other's. With `keep`, what has arrived outlives an
    error and a kill (a page that was fetched is not fetched again); without it, the part is all or nothing.
    """

    def __init__(self, store: Store, source: str, *, keep: bool = False) -> None:
        self._store, self._source, self._keep = store, source, keep
        self._parts: dict[date, _Part] = {}

    def __enter__(self) -> Self:
        for day in self._store.growing_days(self._source):
            for growing in self._store.left_behind(self._store.landing(self._source, day)):
                if self._keep:
                    _salvage(self._store, self._source, day, growing)
                else:
                    growing.discard()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        for part in self._parts.values():
            if kind is None or self._keep:
                part.close()
            else:
                part.discard()

    def add(self, arrival: Arrival, day: date) -> bool:
        """Land a document, unless it is landed already; returns whether it was new.

        Raises:
            OSError: when it changed while it was copied; the next attempt lands it.
        """
        if day not in self._parts:
            self._parts[day] = _Part(self._store, self._source, day)
        return self._parts[day].add(arrival)

    def landed(self, day: date) -> Landed:
        """What landed for a day; complete once the landing is closed."""
        return self._parts[day].landed if day in self._parts else Landed()

    def all_landed(self) -> dict[date, Landed]:
        """What landed, by day."""
        return {day: part.landed for day, part in self._parts.items()}


class _Part:
    """The part of one day. Its file is made with the first new document."""

    def __init__(self, store: Store, source: str, day: date) -> None:
        self._store, self._source, self._day = store, source, day
        self._known = landed_ids(store, store.landed_parts(source, day))
        self._new: list[str] = []
        self._growing: Growing | None = None
        self.landed = Landed(documents=len(self._known))

    def add(self, arrival: Arrival) -> bool:
        identity = record_id(self._source, self._day, arrival.path, arrival.sha256)
        if identity in self._known:
            self.landed.known += 1
            return False
        if not self._growing:
            self._growing = self._store.grow(self._store.landing(self._source, self._day))
        _write(self._growing.file, arrival, identity, self._day)
        self._growing.file.flush()
        self._known.add(identity)
        self._new.append(identity)
        self.landed.new += 1
        self.landed.documents += 1
        return True

    def close(self) -> None:
        if self._growing:
            self.landed.part = _part_name(self._store, self._source, self._day, self._new)
            self.landed.bytes = self._growing.close_as(self.landed.part)

    def discard(self) -> None:
        if self._growing:
            self._growing.discard()


def land(store: Store, source: str, day: date, arrivals: Iterable[Arrival]) -> Landed:
    """Land what is not landed yet, as one new part, all or nothing.

    Raises:
        OSError: when a document changed while it was copied; the next attempt lands it.
    """
    with Landing(store, source) as landing:
        for arrival in arrivals:
            landing.add(arrival, day)
    return landing.landed(day)


def _part_name(store: Store, source: str, day: date, identities: Iterable[str]) -> str:
    digest = hashlib.sha256("\n".join(sorted(identities)).encode()).hexdigest()
    return f"{store.landing(source, day)}/part-{digest[:16]}.warc.gz"


def _salvage(store: Store, source: str, day: date, growing: Growing) -> None:
    """Close what a crash left behind after its last whole record; remove it where it holds none."""
    growing.file.truncate(_whole_bytes(growing.file))
    growing.file.seek(0)
    identities = [_identity(label) for label, _ in _labelled(growing.file, parse_http=False)]
    if not identities:
        growing.discard()
        return
    part = _part_name(store, source, day, identities)
    growing.close_as(part)
    log.warning("%s %s: %d documents of an interrupted collection are salvaged", source, day, len(identities))


def _whole_bytes(file: BinaryIO) -> int:
    """The length of the whole gzip members at the beginning of a file: each holds one record."""
    whole = position = file.seek(0)
    decompressor = zlib.decompressobj(GZIP)
    while piece := decompressor.unconsumed_tail or file.read(CHUNK):
        try:
            decompressor.decompress(piece, CHUNK)
        except zlib.error:
            break
        position += len(piece) - len(decompressor.unconsumed_tail) - len(decompressor.unused_data)
        if decompressor.eof:
            whole = file.seek(position)
            decompressor = zlib.decompressobj(GZIP)
    return whole


def landed_ids(store: Store, parts: Iterable[str]) -> set[str]:
    """The ids of the documents that the parts hold."""
    return {_identity(label) for part in parts for label, _ in _records(store, part, parse_http=False)}


def read_landing(store: Store, source: str, day: date, parts: list[str], max_bytes: int) -> Iterator[Document]:
    """Every document of the parts once, whatever parts it is in. What follows must not depend on the order.

    A payload is cut after `max_bytes` + 1 bytes: enough for the extractor to see that it is too large.
    """
    best: dict[str, str] = {}
    for part in parts:
        for label, _ in _records(store, part, parse_http=False):
            best.setdefault(_identity(label), part)
    for part in parts:
        for label, record in _records(store, part, parse_http=True):
            if best.get(_identity(label)) == part:
                del best[_identity(label)]
                yield _document(label, record, part, source, day, max_bytes)


@dataclass(frozen=True)
class LandedPage:
    """What is known of a fetched page without its content. `path` is the address that was asked for.

    `original` is the record that holds its content: its own, or that which it repeats.
    """

    path: str
    sha256: str
    fetched_at: datetime
    original: Original
    etag: str | None
    last_modified: str | None


def read_pages(store: Store, part: str) -> Iterator[LandedPage]:
    """The fetched pages of a part."""
    for label, record in _records(store, part, parse_http=True):
        fetched_at, http = label("News-Fetched-At"), record.http_headers
        if fetched_at and http:
            yield LandedPage(
                path=unquote(label("News-Path") or ""),
                sha256=label("News-SHA256") or "",
                fetched_at=datetime.fromisoformat(fetched_at),
                original=_original(label, record),
                etag=http.get_header("ETag"),
                last_modified=http.get_header("Last-Modified"),
            )


def _original(label: Label, record: Any) -> Original:
    header: Label = record.rec_headers.get_header
    repeated, at = header("WARC-Refers-To"), header("WARC-Refers-To-Date")
    if repeated and at:
        return Original(_uuid(repeated), header("WARC-Refers-To-Target-URI") or "", datetime.fromisoformat(at))
    return Original(_identity(label), label("News-URL") or "", datetime.fromisoformat(label("News-Fetched-At") or ""))


def find_document(store: Store, part: str, identity: str, source: str, day: date, max_bytes: int) -> Document | None:
    """The document that a raw pointer names, null where the part does not hold it."""
    for label, record in _records(store, part, parse_http=True):
        if _identity(label) == identity:
            return _document(label, record, part, source, day, max_bytes)
    return None


def as_document(arrival: Arrival, max_bytes: int) -> Document:
    """The document that landing an arrival and reading it again would give, outside any source and day."""
    part = io.BytesIO()
    _write(part, replace(arrival, member=None), "", EPOCH, compressed=False)
    part.seek(0)
    label, record = next(_labelled(part, parse_http=True))
    return _document(label, record, None, None, None, max_bytes)


# ---- writing


def _write(file: BinaryIO, arrival: Arrival, identity: str, day: date, *, compressed: bool = True) -> None:
    """Write the records of an arrival; that of the document itself comes last."""
    writer = WARCWriter(file, gzip=compressed, warc_version=WARC_VERSION)
    label = _label(arrival, identity, day)
    if arrival.request is not None:
        writer.write_record(_request(arrival.request, label))
    if arrival.member:
        about = {"WARC-Type": "metadata", "WARC-Refers-To": arrival.member.record_id}
        writer.write_record(_record(about | label, io.BytesIO(), "application/warc-fields"))
        arrival.member.copy_to(file)
        return
    with arrival.block() as block:
        copied = _Hashing(block)
        writer.write_record(_document_record(arrival, label, copied))
    if arrival.record_type == "resource" and copied.digest.hexdigest() != arrival.sha256:
        raise OSError(f"{arrival.path} changed while it was landed; try again")


def _label(arrival: Arrival, identity: str, day: date) -> dict[str, str]:
    """What the landing knows of a document: the header fields of its record, or of one that stands before it."""
    # WARC-Date is mandatory. Where the time of the fetch is not known it is the start of the day the document is
    # filed under, and the absent News-Fetched-At says that it is no fetch time.
    at = arrival.fetched_at or datetime(day.year, day.month, day.day, tzinfo=UTC)
    return {
        "WARC-Target-URI": _one_line(arrival.url) if arrival.url else f"file:///{quote(arrival.path)}",
        "WARC-Date": _iso(at),
        "WARC-Record-ID": f"<urn:uuid:{identity}>",
        "News-Path": quote(arrival.path, safe="/:#=?&@+,;~"),
        "News-SHA256": arrival.sha256,
        "News-Media-Type": arrival.media_type,
        "News-Fetched-At": _iso(arrival.fetched_at) if arrival.fetched_at else "",
        "News-URL": _one_line(arrival.url or ""),
        "News-Container": quote(arrival.container or ""),
        "News-Damage": _one_line(arrival.damage or ""),
        "News-TDM-Opt-Out": _one_line(", ".join(arrival.tdm_opt_out)),
    }


def _document_record(arrival: Arrival, label: dict[str, str], block: "_Hashing") -> ArcWarcRecord:
    """The record of an arrival. Its block is copied byte for byte: HTTP headers are not parsed and written anew."""
    is_http = arrival.record_type in ("response", "revisit")
    headers = {"WARC-Type": arrival.record_type} | label
    if arrival.payload_sha256 or not arrival.request:  # a 304 has none
        headers["WARC-Payload-Digest"] = _digest(arrival.payload_sha256 or arrival.sha256)
    if arrival.record_type == "resource":
        headers["WARC-Block-Digest"] = _digest(arrival.sha256)
    if arrival.original:
        profile = (
            "server-not-modified" if arrival.http_status == HTTPStatus.NOT_MODIFIED else "identical-payload-digest"
        )
        headers |= {
            "WARC-Profile": f"http://netpreserve.org/warc/1.1/revisit/{profile}",
            "WARC-Refers-To": f"<urn:uuid:{arrival.original.record_id}>",
            "WARC-Refers-To-Target-URI": _one_line(arrival.original.url),
            "WARC-Refers-To-Date": _iso(arrival.original.fetched_at),
        }
    return _record(headers, block, "application/http; msgtype=response" if is_http else arrival.media_type)


def _request(request: bytes, label: dict[str, str]) -> ArcWarcRecord:
    """The record of what was sent, tied to that of the answer."""
    answer = label["WARC-Record-ID"]
    headers = {
        "WARC-Type": "request",
        "WARC-Target-URI": label["WARC-Target-URI"],
        "WARC-Date": label["WARC-Date"],
        "WARC-Record-ID": f"<urn:uuid:{uuid.uuid5(NAMESPACE, f'request of {answer}')}>",
        "WARC-Concurrent-To": answer,
    }
    return _record(headers, io.BytesIO(request), "application/http; msgtype=request")


def _record(headers: dict[str, str], block: Any, media_type: str) -> ArcWarcRecord:
    length = block.seek(0, io.SEEK_END)
    block.seek(0)
    present = [(name, value) for name, value in headers.items() if value]
    # "response" is only what the writer does with it: it would leave out the block of a revisit
    return ArcWarcRecord(
        "warc", "response", StatusAndHeaders("", present, WARC_VERSION), block, None, media_type, length
    )


def _digest(sha256: str) -> str:
    return f"sha256:{base64.b32encode(bytes.fromhex(sha256)).decode()}"


class _Hashing:
    """A stream that knows the SHA-256 of what was read from it since it was last wound back."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self.digest.update(piece)
        return piece

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.digest = hashlib.sha256()
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


# ---- reading


def _records(store: Store, part: str, *, parse_http: bool) -> Iterator[tuple[Label, Any]]:
    with store.open(part) as file:
        yield from _labelled(file, parse_http=parse_http)


def _labelled(file: BinaryIO, *, parse_http: bool) -> Iterator[tuple[Label, Any]]:
    """The records that are documents, each with what the landing knows of it: it stands in the header of the record
    itself, or in a metadata record before one that was copied unchanged.
    """
    before: Label | None = None
    for record in ArchiveIterator(file, no_record_parse=not parse_http):
        label: Label = record.rec_headers.get_header
        if record.rec_type == "metadata" and label("News-Path") is not None:
            before = label
        elif record.rec_type not in ("request", "metadata", "warcinfo"):
            yield before or label, record
            before = None


def _identity(label: Label) -> str:
    return _uuid(str(label("WARC-Record-ID")))


def _uuid(record_id: str) -> str:
    return record_id.removeprefix("<urn:uuid:").removesuffix(">")


def _document(
    label: Label, record: Any, part: str | None, source: str | None, day: date | None, max_bytes: int
) -> Document:
    fetched_at = label("News-Fetched-At")
    http = record.http_headers
    payload, is_cut = _payload(record, max_bytes)
    return Document(
        path=unquote(label("News-Path") or ""),
        payload=payload,
        media_type=label("News-Media-Type") or "application/octet-stream",
        url=label("News-URL"),
        fetched_at=datetime.fromisoformat(fetched_at) if fetched_at else None,
        charset=_charset(http.get_header("Content-Type") or "") if http else None,
        http_status=_status(http) if http else None,
        record_type=record.rec_type,
        damage=label("News-Damage"),
        is_cut=is_cut,
        source=source,
        day=day,
        record_id=_identity(label),
        sha256=label("News-SHA256") or "",
        raw_file=part,
        tdm_opt_out=_opt_outs(label, http),
    )


def _opt_outs(label: Label, http: Any) -> tuple[str, ...]:
    known = (label("News-TDM-Opt-Out") or "").split(", ")
    headers = [(name.lower(), value) for name, value in http.headers] if http else []
    return tuple(dict.fromkeys(filter(None, (*known, *header_opt_outs(headers)))))


def _payload(record: Any, max_bytes: int) -> tuple[bytes, bool]:
    """The document without transfer and content encoding, cut after `max_bytes` + 1 bytes.

    And whether its content encoding ends too early: then this is only its beginning.
    """
    stream = record.content_stream()
    pieces: list[bytes] = []
    left = max_bytes + 1
    while left > 0 and ((piece := stream.read(min(left, CHUNK))) or _next_member(stream)):
        pieces.append(piece)
        left -= len(piece)
    # zlib's decoders know whether they have seen the end; where the server lied about the encoding there is none
    is_open = getattr(getattr(stream, "decompressor", None), "eof", True) is False
    return b"".join(pieces), left > 0 and is_open and bool(pieces)


def _next_member(stream: Any) -> bool:
    """Whether a body that is compressed with gzip goes on with another member, where warcio stops; padding is none."""
    rest = getattr(getattr(stream, "decompressor", None), "unused_data", b"")
    return rest.startswith(GZIP_MAGIC) and bool(stream.read_next_member())


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
