"""Collect an inbox: the files that others have filed under a day, opened where they are containers."""

import glob
import gzip
import hashlib
import io
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from news_etl.landing import Arrival, sha256_of
from news_etl.sources import Inbox

SIDECAR = ".meta.json"
"""`page.html.meta.json` beside `page.html` may tell its `url` and `fetched_at`."""

UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", "~")
"""Names that copying tools give to files that are not complete yet; they land when they get their final name."""

MEDIA_TYPES = {
    ".txt": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".json": "application/json",
}
PAGE_RECORDS = {"response", "resource", "conversion", "revisit"}
"""The records of an archive that are documents; the others (request, metadata, warcinfo) describe them."""

SPOOL_BYTES = 16 << 20
HEADER_LINE_BYTES = 64 << 10
FAULT_CHARACTERS = 200
GZIP_MAGIC = b"\x1f\x8b"


def arrivals(source: Inbox, day: date) -> Iterator[Arrival]:
    """The documents of a day, in the order of their paths.

    Raises:
        FileNotFoundError: when the inbox itself is not there (a volume that is not mounted, say); a day without
            files is no error.
    """
    if not source.base().is_dir():
        raise FileNotFoundError(f"source {source.id}: the inbox {source.base()} is not there: is it mounted?")
    for file in inbox_files(source, day):
        yield from documents_in(file, _relative(source, day, file))


def inbox_files(source: Inbox, day: date) -> list[Path]:
    """The files of a day, sorted; hidden and unfinished ones and sidecars are left out."""
    found = (Path(name) for name in glob.glob(str(source.pattern(day)), recursive=True))  # noqa: PTH207 - the pattern is absolute
    return sorted(
        file
        for file in found
        if file.is_file() and not file.name.startswith((".", "_")) and not file.name.endswith((SIDECAR, *UNFINISHED))
    )


def _relative(source: Inbox, day: date, file: Path) -> str:
    """The path below the source's folder, without the folder of the day: the same in any copy of the inbox."""
    # a name in an encoding of old is still a name: its odd bytes stand as \xe9
    parts = [os.fsencode(part).decode(errors="backslashreplace") for part in file.parts[len(source.base().parts) :]]
    dated = next(index for index, part in enumerate(parts) if day.isoformat() in part)
    return "/".join(parts[:dated] + (parts[dated + 1 :] or parts[dated:]))


def documents_in(file: Path, path: str) -> Iterator[Arrival]:
    """The documents in one file: the file itself, or what the container holds."""
    name = file.name.lower()
    if name.endswith((".warc", ".warc.gz")):
        yield from _archive(file, path)
    elif name.endswith((".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")):
        yield from _json_lines(file, path)
    else:
        yield _whole_file(file, path)


def _whole_file(file: Path, path: str) -> Arrival:
    with file.open("rb") as stream:
        digest = sha256_of(stream)
    sidecar = _sidecar(file)
    return Arrival(
        path=path,
        sha256=digest,
        block=lambda: file.open("rb"),
        media_type=MEDIA_TYPES.get(Path(file.name.lower().removesuffix(".gz")).suffix, "application/octet-stream"),
        url=sidecar.get("url"),
        fetched_at=in_utc(sidecar.get("fetched_at")),
    )


def _sidecar(file: Path) -> dict[str, str]:
    try:
        content = json.loads((file.parent / (file.name + SIDECAR)).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(content, dict):
        return {}
    # JSON can hold half of a surrogate pair, which no file can
    return {key: value.encode(errors="replace").decode() for key, value in content.items() if isinstance(value, str)}


def _json_lines(file: Path, path: str) -> Iterator[Arrival]:
    """One document a line; what a damaged file does not give any more is one damaged document."""
    number = documents = 0
    with _opened(file) as stream:
        while True:
            try:
                line = stream.readline()
            except (OSError, EOFError, zlib.error) as error:
                yield _damaged(path, f"{path}#after-line={number}", io.BytesIO(), f"{error} after line {number}")
                return
            if not line:
                break
            number += 1
            if line.strip():
                documents += 1
                yield _line_arrival(f"{path}#line={number}", line.rstrip(b"\r\n"), "application/json", path)
    if not documents:
        yield _damaged(path, path, io.BytesIO(), "the file holds no line")


def _opened(file: Path) -> BinaryIO:
    with file.open("rb") as stream:
        compressed = stream.read(2) == GZIP_MAGIC
    return cast(BinaryIO, gzip.open(file, "rb")) if compressed else file.open("rb")


def _archive(file: Path, path: str) -> Iterator[Arrival]:
    """The pages of a WARC or ARC. What comes after the last whole record is one damaged document.

    The block of a page can be read until the next page is asked for.
    """
    whole = 0
    fault = "the file ends within a record"
    with file.open("rb") as stream:
        records = ArchiveIterator(stream, no_record_parse=True, arc2warc=True)
        try:
            for record in records:
                with _spooled(record.raw_stream) as block:
                    if not _is_whole(record, block.tell()):
                        break
                    records.read_to_end()
                    whole = records.offset
                    if record.rec_type in PAGE_RECORDS:
                        yield _archived_page(record, block, path)
        except (ArchiveLoadFailed, OSError, EOFError, ValueError, zlib.error) as error:
            fault = " ".join(str(error).split())[:FAULT_CHARACTERS]
            if "non-chunked gzip" in fault:  # then no offset means anything
                whole, fault = 0, "compressed as one gzip stream, not record by record: gunzip it and file it again"
    with _rest(file, whole) as rest:
        if rest.seek(0, io.SEEK_END) or not whole:
            yield _damaged(path, f"{path}#after-byte={whole}", rest, f"after byte {whole}: {fault}")


def _is_whole(record: Any, read: int) -> bool:
    """Whether all of a record was there. A length that is no number comes of a header that was cut."""
    stated = (record.rec_headers.get_header("Content-Length") or "").strip()
    return stated.isdecimal() and read >= record.length


def _spooled(stream: Any) -> BinaryIO:
    """The content of a record, held in memory while it is small; the position is at its end."""
    block = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES))
    shutil.copyfileobj(stream, block)
    return block


def _archived_page(record: Any, block: BinaryIO, container: str) -> Arrival:
    header = record.rec_headers.get_header
    is_http = record.rec_type in ("response", "revisit")
    media_type = _skip_http_headers(block) if is_http else (record.content_type or "")
    if not is_http:
        block.seek(0)
    digest = sha256_of(block)
    block.seek(0)
    url = header("WARC-Target-URI") or ""
    return Arrival(
        path=f"{container}#{url or digest}",
        sha256=digest,
        block=lambda: block,
        media_type=media_type.partition(";")[0].strip().lower() or "text/html",
        record_type=record.rec_type,
        url=url or None,
        fetched_at=in_utc(header("WARC-Date")),
        container=container,
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


def _damaged(container: str, path: str, rest: BinaryIO, fault: str) -> Arrival:
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


def _line_arrival(path: str, content: bytes, media_type: str, container: str) -> Arrival:
    return Arrival(
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        block=lambda: io.BytesIO(content),
        media_type=media_type,
        container=container,
    )


def in_utc(text: str | None) -> datetime | None:
    """A time with its zone in UTC; null where there is none to be read, or it names no zone."""
    try:
        at = datetime.fromisoformat(text or "")
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):  # the second: a default such as 0001-01-01 in a zone east of Greenwich
        return None
