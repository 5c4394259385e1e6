"""Publish: replace a day of the warehouse, file by file, so that readers never see a torn or a doubled article.

Order: a marker that the day is being published; child tables before `articles`; the day's manifest; what is surplus;
the marker away. A file is replaced whole, so after a crash at any point every file is wholly old or wholly new, the
marker tells that the day is mixed, and running the publication again completes it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from news_etl.schema import ARTICLES, IMAGES, WAREHOUSE, Row, Table
from news_etl.store import Store


@dataclass(frozen=True)
class PartFile:
    """One file of a day, ready to be written."""

    table: str
    path: str
    rows: int
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def images_of(row: Row) -> list[Row]:
    """The rows of the table `images` for an article."""
    key = {"article_id": row["article_id"], "revision": row["revision"]}
    return [key | {"position": position} | image for position, image in enumerate(row["images"], start=1)]


def publish_day(store: Store, day: date, rows: list[Row], files_per_day: int, about: dict[str, Any]) -> dict[str, Any]:
    """Replace a day's partitions. `about` goes into the manifest: it must not depend on the run.

    Returns the manifest: for each table its rows and files, with their SHA-256.
    """
    articles = [{name: row[name] for name in ARTICLES.schema.names} for row in rows]
    images = [image for row in rows for image in images_of(row)]
    files = [*_files(store, IMAGES, day, images, files_per_day), *_files(store, ARTICLES, day, articles, files_per_day)]
    manifest = _manifest(day, files, about)
    store.write_json(store.publishing_marker(day), {"files": {file.path: file.sha256 for file in files}})
    for file in files:
        store.write_bytes(file.path, file.content)
    store.write_json(store.day_manifest(day), manifest)
    for table in WAREHOUSE:
        store.remove_surplus(store.partition(table.name, day), {file.path for file in files})
    for path in (store.day_manifest(day), store.publishing_marker(day)):
        store.remove_unfinished(path.rpartition("/")[0])
    store.remove(store.publishing_marker(day))
    return manifest


def shard_of(article_id: str, shards: int) -> int:
    """The file or shard of an article: it depends on nothing but its id."""
    return int(article_id[:8], 16) % shards


def _files(store: Store, table: Table, day: date, rows: Iterable[Row], count: int) -> list[PartFile]:
    shards: list[list[Row]] = [[] for _ in range(count)]
    for row in rows:
        shards[shard_of(row["article_id"], count)].append(row)
    return [
        PartFile(table.name, store.part(table.name, day, number), len(shard), store.encode(table.arrow(shard)))
        for number, shard in enumerate(shards)
    ]


def _manifest(day: date, files: list[PartFile], about: dict[str, Any]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for file in files:
        entry = tables.setdefault(file.table, {"rows": 0, "files": []})
        entry["rows"] += file.rows
        entry["files"].append({"path": file.path, "rows": file.rows, "bytes": len(file.content), "sha256": file.sha256})
    return {"date": day.isoformat(), "tables": tables} | about
