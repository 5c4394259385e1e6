"""Read a web archive (WARC, ARC) page by page: its whole records, and what is left after the last of them."""

import hashlib
import io
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from news_etl.landing import Arrival, Member, sha256_of

PAGE_RECORDS = {"response", "resource", "conversion", "revisit"}
"""The records of an archive that are documents; the others (request, metadata, warcinfo) describe them."""

SPOOL_BYTES = 16 << 20
BLOCK_BYTES = 16 << 10
HEADER_LINE_BYTES = 64 << 10
FAULT_CHARACTERS = 200


def any_address(url: str) -> bool:
    """Every page is wanted."""
    return True


def pages_in(file: Path, path: str, wants: Callable[[str], bool] = any_address) -> Iterator[Arrival]:
    """The wanted pages of a WARC or ARC. What comes after the last whole record is one damaged document.

    The block of a page can be read until the next page is asked for. A page that stands in a gzip member of its own
    can be copied from there unchanged.
    """
    begin = whole = 0
    fault = "the file ends within a record"
    with file.open("rb") as stream:
        records = ArchiveIterator(stream, no_record_parse=True, arc2warc=True, block_size=BLOCK_BYTES)
        try:
            for record in records:
                with _held(record) as block:
                    if not _is_whole(record, block.tell()):
                        break
                    records.read_to_end()
                    begin, whole = whole, records.offset
                    if record.rec_type in PAGE_RECORDS and wants(_url(record)):
                        yield _page(record, block, path, _member(records, record, file, begin))
        except (ArchiveLoadFailed, OSError, EOFError, ValueError, zlib.error) as error:
            fault = " ".join(str(error).split())[:FAULT_CHARACTERS]
            if "non-chunked gzip" in fault:  # then no offset means anything
                whole, fault = 0, "compressed as one gzip stream, not record by record: gunzip it and file it again"
    with _rest(file, whole) as rest:
        if rest.seek(0, io.SEEK_END) or not whole:
            yield damaged(path, f"{path}#after-byte={whole}", rest, f"after byte {whole}: {fault}")


def _is_whole(record: Any, read: int) -> bool:
    """Whether all of a record was there. A length that is no number comes of a header that was cut."""
    stated = (record.rec_headers.get_header("Content-Length") or "").strip()
    return stated.isdecimal() and read >= record.length


def _held(record: Any) -> BinaryIO:
    """The content of a record, held in memory unless it is large; the position is at its end."""
    if (record.length or 0) > SPOOL_BYTES:
        return _spooled(record.raw_stream)
    block = io.BytesIO(record.raw_stream.read(SPOOL_BYTES))
    block.seek(0, io.SEEK_END)
    return block


def _spooled(stream: Any) -> BinaryIO:
    block = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES))
    shutil.copyfileobj(stream, block)
    return block


def _member(records: Any, record: Any, file: Path, begin: int) -> Member | None:
    """The gzip member of a record, where it holds that WARC record alone and its checksum holds."""
    is_whole = getattr(records.reader.decompressor, "eof", False)
    if not is_whole or records.next_line or record.format != "warc":
        return None
    return Member(file, begin, records.offset, record.rec_headers.get_header("WARC-Record-ID") or "")


def _digest(block: BinaryIO) -> str:
    """The digest of the rest of a block, without copying what is in memory."""
    if isinstance(block, io.BytesIO):
        return hashlib.sha256(block.getbuffer()[block.tell() :]).hexdigest()
    return sha256_of(block)


def _url(record: Any) -> str:
    """The address of a record; some tools of old put it in angle brackets."""
    return (record.rec_headers.get_header("WARC-Target-URI") or "").strip().removeprefix("<").removesuffix(">")


def _page(record: Any, block: BinaryIO, container: str, member: Member | None) -> Arrival:
    is_http = record.rec_type in ("response", "revisit")
    media_type = _skip_http_headers(block) if is_http else (record.content_type or "")
    if not is_http:
        block.seek(0)
    digest = _digest(block)
    block.seek(0)
    url = _url(record)
    return Arrival(
        path=f"{container}#{url or digest}",
        sha256=digest,
        block=lambda: block,
        media_type=media_type.partition(";")[0].strip().lower() or "text/html",
        record_type=record.rec_type,
        url=url or None,
        fetched_at=in_utc(record.rec_headers.get_header("WARC-Date")),
        container=container,
        member=member,
    )


def _skip_http_headers(block: BinaryIO) -> str:
    """Move to the body of a response and return its Content-Type, empty where it has none."""
    block.seek(0)
    content_type = ""
    while (line := block.readline(HEADER_LINE_BYTES)).strip():
        name, _, value = line.decode("latin-1").partition(":")
        if name.strip().lower() == "content-type":
            content_type = value
    return content_type


def _rest(file: Path, offset: int) -> BinaryIO:
    """What follows the last whole record; empty where that is blank lines only."""
    with file.open("rb") as stream:
        stream.seek(offset)
        rest = _spooled(stream)
    rest.seek(0)
    if not rest.read(HEADER_LINE_BYTES).strip(b"\r\n"):
        rest.truncate(0)
    return rest


def damaged(container: str, path: str, rest: BinaryIO, fault: str) -> Arrival:
    """What is left of a container that cannot be read further, as one document.

    `path` names it, `rest` is its content, and `fault` says what was wrong.
    """
    rest.seek(0)
    digest = sha256_of(rest)
    rest.seek(0)
    return Arrival(
        path=path,
        sha256=digest,
        block=lambda: rest,
        media_type="application/octet-stream",
        container=container,
        damage=fault,
    )


def in_utc(text: str | None) -> datetime | None:
    """A time with its zone in UTC; null where there is none to be read, or it names no zone."""
    try:
        at = datetime.fromisoformat(text or "")
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):  # the second: a default such as 0001-01-01 in a zone east of Greenwich
        return None
