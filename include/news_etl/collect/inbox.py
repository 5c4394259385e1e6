"""Collect an inbox: the files that others have filed under a day, opened where they are containers."""

import glob
import gzip
import hashlib
import io
import json
import os
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO, cast

from news_etl.collect.warc import damaged, in_utc, pages_in
from news_etl.landing import Arrival, sha256_of
from news_etl.sources import Archive, Inbox

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
GZIP_MAGIC = b"\x1f\x8b"


def arrivals(source: Inbox, day: date) -> Iterator[Arrival]:
    """The documents of a day, in the order of their paths.

    Raises:
        FileNotFoundError: when the folder itself is not there (a volume that is not mounted, say); a day without
            files is no error.
    """
    for file, path in day_files(source, day):
        yield from documents_in(file, path)


def day_files(source: Inbox | Archive, day: date) -> Iterator[tuple[Path, str]]:
    """The files of a day, sorted, each with its name below the source's folder.

    Hidden and unfinished ones and sidecars are left out.

    Raises:
        FileNotFoundError: when the folder itself is not there.
    """
    if not source.base().is_dir():
        raise FileNotFoundError(f"source {source.id}: the {source.kind} {source.base()} is not there: is it mounted?")
    for file in _found(source, day):
        yield file, _relative(source, day, file)


def _found(source: Inbox | Archive, day: date) -> list[Path]:
    found = (Path(name) for name in glob.glob(str(source.pattern(day)), recursive=True))  # noqa: PTH207 - the pattern is absolute
    return sorted(
        file
        for file in found
        if file.is_file() and not file.name.startswith((".", "_")) and not file.name.endswith((SIDECAR, *UNFINISHED))
    )


def _relative(source: Inbox | Archive, day: date, file: Path) -> str:
    """The path below the source's folder, without the folder of the day: the same in any copy of the inbox."""
    # a name in an encoding of old is still a name: its odd bytes stand as \xe9
    parts = [os.fsencode(part).decode(errors="backslashreplace") for part in file.parts[len(source.base().parts) :]]
    dated = next((index for index, part in enumerate(parts) if day.isoformat() in part), None)
    if dated is None:  # the day stands there in another form: the name of an archive is its own
        return "/".join(parts)
    return "/".join(parts[:dated] + (parts[dated + 1 :] or parts[dated:]))


def documents_in(file: Path, path: str) -> Iterator[Arrival]:
    """The documents in one file: the file itself, or what the container holds."""
    name = file.name.lower()
    if name.endswith((".warc", ".warc.gz")):
        yield from pages_in(file, path)
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
                yield damaged(path, f"{path}#after-line={number}", io.BytesIO(), f"{error} after line {number}")
                return
            if not line:
                break
            number += 1
            if line.strip():
                documents += 1
                yield _line_arrival(f"{path}#line={number}", line.rstrip(b"\r\n"), "application/json", path)
    if not documents:
        yield damaged(path, path, io.BytesIO(), "the file holds no line")


def _opened(file: Path) -> BinaryIO:
    with file.open("rb") as stream:
        compressed = stream.read(2) == GZIP_MAGIC
    return cast(BinaryIO, gzip.open(file, "rb")) if compressed else file.open("rb")


def _line_arrival(path: str, content: bytes, media_type: str, container: str) -> Arrival:
    return Arrival(
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        block=lambda: io.BytesIO(content),
        media_type=media_type,
        container=container,
    )
