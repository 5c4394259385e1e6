"""Where everything lies: the only door to paths and files of the data root.

    raw/<source>/date=D/part-<digest>.warc.gz       the landing, immutable
    stage/date=D/…                                  what the steps of a day hand to one another
    warehouse/<table>/date=D/part-NNNN.parquet      what readers read
    warehouse/_days/date=D.json                     the manifest of a published day
    warehouse/_publishing/date=D.json               there while a day is being published
    ops/<table>/date=D/<run>.parquet                the ledger, the quarantine, the checks
    reports/date=D/<run>/index.html                 the validation report of a run

A file is written whole or not at all: under a temporary name and renamed where the root is a local folder, as one
object where it is a URL. Names that start with `_` or `.` are passed over by readers of Parquet data sets.
"""

import contextlib
import io
import json
import os
import re
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from news_etl.settings import Settings

TEMPORARY = ".writing-"
"""Prefix of a file that is being written. Such a file left behind by a crash is removed by the next publication."""

ROW_GROUP_ROWS = 10_000
"""Small enough that a reader of one source or language skips most of a large day by the statistics."""


class Store:
    """The data root. Paths given and returned are relative to it, with forward slashes."""

    def __init__(self, url: str) -> None:
        self.fs, root = fsspec.core.url_to_fs(url)
        self.root = root.rstrip("/")
        self.url = url

    # ---- the layout

    def landing(self, source: str, day: date) -> str:
        return f"raw/{source}/date={day}"

    def landed_parts(self, source: str, day: date) -> list[str]:
        """The closed WARC parts of a source and day, sorted by name."""
        return self.files(self.landing(source, day), ".warc.gz")

    def landed_sources(self, day: date) -> list[str]:
        """The sources that have a landing for a day, sorted."""
        with contextlib.suppress(FileNotFoundError):
            names = [entry.rsplit("/", 1)[-1] for entry in self.fs.ls(self.path("raw"), detail=False)]
            return sorted(name for name in names if self.landed_parts(name, day))
        return []

    def stage(self, day: date, name: str) -> str:
        return f"stage/date={day}/{name}"

    def partition(self, table: str, day: date) -> str:
        return f"warehouse/{table}/date={day}"

    def part(self, table: str, day: date, number: int) -> str:
        return f"{self.partition(table, day)}/part-{number:04d}.parquet"

    def day_manifest(self, day: date) -> str:
        return f"warehouse/_days/date={day}.json"

    def publishing_marker(self, day: date) -> str:
        return f"warehouse/_publishing/date={day}.json"

    def ops_partition(self, table: str, day: date) -> str:
        return f"ops/{table}/date={day}"

    def ops(self, table: str, day: date, run_id: str) -> str:
        return f"{self.ops_partition(table, day)}/{file_name(run_id)}.parquet"

    def report(self, day: date, run_id: str) -> str:
        return f"reports/date={day}/{file_name(run_id)}"

    # ---- files

    def path(self, relative: str) -> str:
        """The path as the file system of the root knows it."""
        return f"{self.root}/{relative}" if relative else self.root

    def shown(self, relative: str) -> str:
        """The path as a person would type it."""
        return str(self.fs.unstrip_protocol(self.path(relative))).removeprefix("file://")

    def exists(self, relative: str) -> bool:
        return bool(self.fs.exists(self.path(relative)))

    def files(self, folder: str, suffix: str = "") -> list[str]:
        """The files of a folder that end in `suffix`, sorted; temporary and hidden ones are left out."""
        return [name for name in self._names(folder) if name.endswith(suffix) and not _is_hidden(name)]

    def is_file(self, relative: str) -> bool:
        return bool(self.fs.isfile(self.path(relative)))

    def folders(self, folder: str) -> list[str]:
        """The names of the folders in a folder, sorted."""
        try:
            entries = self.fs.ls(self.path(folder), detail=True)
        except FileNotFoundError:
            return []
        return sorted(str(entry["name"]).rsplit("/", 1)[-1] for entry in entries if entry["type"] == "directory")

    def days(self, table: str) -> list[date]:
        """The days for which a table of the warehouse has a partition, sorted."""
        return self._days_of(f"warehouse/{table}")

    def publishing_days(self) -> list[date]:
        """The days whose publication has begun and not ended, sorted."""
        return self._days_of("warehouse/_publishing")

    def open(self, relative: str) -> BinaryIO:
        return cast(BinaryIO, self.fs.open(self.path(relative), "rb"))

    @contextlib.contextmanager
    def write(self, relative: str) -> Iterator[BinaryIO]:
        """Write one file whole or not at all."""
        target = self.path(relative)
        if not isinstance(self.fs, LocalFileSystem):
            with self.fs.transaction, self.fs.open(target, "wb") as remote:
                yield cast(BinaryIO, remote)
            return
        path = Path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{TEMPORARY}{uuid.uuid4().hex}-{path.name}")
        try:
            with temporary.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def write_bytes(self, relative: str, content: bytes) -> None:
        with self.write(relative) as file:
            file.write(content)

    def read_bytes(self, relative: str) -> bytes:
        with self.open(relative) as file:
            return file.read()

    def write_json(self, relative: str, content: Any) -> None:
        self.write_bytes(relative, (json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode())

    def read_json(self, relative: str) -> Any:
        return json.loads(self.read_bytes(relative))

    def write_table(self, relative: str, table: pa.Table) -> None:
        self.write_bytes(relative, self.encode(table))

    @staticmethod
    def encode(table: pa.Table) -> bytes:
        """A table as Parquet: the same rows and schema always give the same bytes."""
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd", row_group_size=ROW_GROUP_ROWS, write_page_index=True)
        return buffer.getvalue()

    def read_table(self, relative: str, columns: list[str] | None = None) -> pa.Table:
        with self.open(relative) as file:
            return pq.read_table(file, columns=columns)

    def upload(self, folder: Path, relative: str) -> None:
        """Copy a local folder below `relative`, file by file."""
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            self.write_bytes(f"{relative}/{file.relative_to(folder).as_posix()}", file.read_bytes())

    def remove(self, relative: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.fs.rm_file(self.path(relative))

    def remove_surplus(self, folder: str, keep: set[str]) -> None:
        """Remove the files of a folder that are not in `keep`, and what a crash left half-written there."""
        for name in self._names(folder):
            if name not in keep:
                self.remove(name)

    def remove_unfinished(self, folder: str) -> None:
        """Remove what a crash left half-written in a folder."""
        for name in self._names(folder):
            if name.rsplit("/", 1)[-1].startswith(TEMPORARY):
                self.remove(name)

    def _names(self, folder: str) -> list[str]:
        try:
            entries = self.fs.ls(self.path(folder), detail=True)
        except FileNotFoundError:
            return []
        names = (str(entry["name"]).rsplit("/", 1)[-1] for entry in entries if entry["type"] == "file")
        return sorted(f"{folder}/{name}" for name in names)

    def _days_of(self, folder: str) -> list[date]:
        try:
            entries = self.fs.ls(self.path(folder), detail=False)
        except FileNotFoundError:
            return []
        found = (re.search(r"/date=(\d{4}-\d\d-\d\d)(?:\.json)?$", str(entry)) for entry in entries)
        return sorted(date.fromisoformat(match.group(1)) for match in found if match)


def file_name(text: str) -> str:
    """A run id as the name of a file: Airflow's hold colons and plus signs, which some file systems refuse."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text).lstrip("._") or "run"


def open_store(settings: Settings) -> Store:
    return Store(settings.data_url)


def _is_hidden(path: str) -> bool:
    return path.rsplit("/", 1)[-1].startswith((".", "_"))
