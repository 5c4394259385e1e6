"""Documents straight from files, for the command line: read as the landing would give them, without landing them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from news_etl.collect.inbox import documents_in
from news_etl.collect.warc import in_utc
from news_etl.decode import MAX_BYTES
from news_etl.document import Document
from news_etl.landing import as_document


class ManifestError(ValueError):
    """A line of a manifest cannot be used. The message names file, line and remedy."""


def from_files(files: list[Path], url: str | None = None, max_bytes: int = MAX_BYTES) -> Iterator[tuple[str, Document]]:
    """Id and document of everything in the files; containers are opened. The id is the path.

    Raises:
        FileNotFoundError: naming the file.
    """
    for file in files:
        if not file.is_file():
            raise FileNotFoundError(f"{file}: there is no such file")
        for arrival in documents_in(file, str(file)):
            document = as_document(arrival, max_bytes)
            yield document.path, replace(document, url=url or document.url)


def from_manifest(manifest: Path, max_bytes: int = MAX_BYTES) -> Iterator[tuple[str, Document]]:
    """Id and document of each line `{id, path, url?, fetched_at?}`; paths are relative to the manifest.

    Raises:
        ManifestError: for a line that is none, or names a file that is not there.
    """
    try:
        lines = manifest.read_text(encoding="utf-8").split("\n")  # not splitlines: U+2028 may stand in a string
    except UnicodeDecodeError as error:
        raise ManifestError(f"{manifest}: not UTF-8 ({error.reason}); save it as UTF-8") from None
    for number, text in enumerate(lines, start=1):
        if text.strip():
            place = f"{manifest}, line {number}"
            line = _line(place, text)
            file = manifest.parent / line["path"]
            if not file.is_file():
                raise ManifestError(f"{place}: {file} is not there; paths are relative to the manifest")
            for arrival in documents_in(file, line["path"]):
                document = as_document(arrival, max_bytes)
                fetched_at = in_utc(line.get("fetched_at")) or document.fetched_at
                yield line["id"], replace(document, url=line.get("url") or document.url, fetched_at=fetched_at)


def _line(place: str, text: str) -> dict[str, str]:
    try:
        line = json.loads(text)
    except json.JSONDecodeError as error:
        raise ManifestError(f"{place}: not JSON: {error.msg}") from None
    needed, optional = ("id", "path"), ("url", "fetched_at")
    if (
        not isinstance(line, dict)
        or not all(isinstance(line.get(name), str) for name in needed)
        or not all(isinstance(line.get(name), str | None) for name in optional)
    ):
        raise ManifestError(f'{place}: each line is {{"id": …, "path": …, "url": …, "fetched_at": …}}')
    if line.get("fetched_at") and not in_utc(line["fetched_at"]):
        raise ManifestError(f"{place}: fetched_at is no time with its zone; write it as 2025-11-04T06:30:00Z")
    return line
