"""Publish: replace a day of the warehouse, file by file, so that readers never see a torn or a doubled article.

Order: a marker that the day is being published; child tables before `articles`; the day's manifest; what is surplus;
the marker away. A file is replaced whole, so after a crash at any point every file is wholly old or wholly new, the
marker tells that the day is mixed, and running the publication again completes it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

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


def tables_of(rows: list[Row], children: Mapping[str, pa.Table] | None = None) -> dict[str, pa.Table]:
    """Staged articles, and the tables of what was found in them, as the tables of the warehouse, by name."""
    articles = [{name: row[name] for name in ARTICLES.schema.names} for row in rows]
    images = [image for row in rows for image in images_of(row)]
    empty = {table.name: table.arrow([]) for table in WAREHOUSE}
    own = {ARTICLES.name: ARTICLES.arrow(articles), IMAGES.name: IMAGES.arrow(images)}
    return empty | dict(children or {}) | own


def publish_day(
    store: Store, day: date, tables: Mapping[str, pa.Table], files_per_day: int, about: dict[str, Any]
) -> dict[str, Any]:
    """Replace a day's partitions. `about` goes into the manifest: it must not depend on the run.

    Returns the manifest: for each table its rows and files, with their SHA-256.
    """
    children_first = sorted(WAREHOUSE, key=lambda table: table.parent is None)
    files = [file for table in children_first for file in _files(store, table, day, tables[table.name], files_per_day)]
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


def _files(store: Store, contract: Table, day: date, table: pa.Table, count: int) -> Iterator[PartFile]:
    rows: list[list[int]] = [[] for _ in range(count)]
    for number, article_id in enumerate(table["article_id"].to_pylist()):
        rows[shard_of(str(article_id), count)].append(number)
    for number, chosen in enumerate(rows):
        part = contract.ordered(table.take(pa.array(chosen, pa.int64())))
        yield PartFile(contract.name, store.part(contract.name, day, number), part.num_rows, store.encode(part))


def _manifest(day: date, files: list[PartFile], about: dict[str, Any]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for file in files:
        entry = tables.setdefault(file.table, {"rows": 0, "files": []})
        entry["rows"] += file.rows
        entry["files"].append({"path": file.path, "rows": file.rows, "bytes": len(file.content), "sha256": file.sha256})
    return {"date": day.isoformat(), "tables": tables} | about
