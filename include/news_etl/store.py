"""Where everything lies: the only door to paths and files of the data root.

    raw/<source>/date=D/part-<digest>.warc.gz       the landing, immutable
    raw/decisions/<time>-<digest>.json              what somebody decided by hand, immutable
    state/<source>.json                             what the collection of a source remembers; made anew if it is lost
    stage/date=D/…                                  what the steps of a day hand to one another
    warehouse/<table>/date=D/part-NNNN.parquet      what readers read
    warehouse/_days/date=D.json                     the manifest of a published day
    warehouse/_publishing/date=D.json               there while a day is being published
    ops/<table>/date=D/<run>.parquet                the ledger, the quarantine, the checks
    ops/runs/date=D/<run>.json                      that a run began, how it ended, and its numbers
    reports/date=D/<run>/index.html                 the validation report of a run

A file is written whole or not at all: under a temporary name and renamed where the root is a local folder, as one
object where it is a URL. Names that start with `_` or `.` are passed over by readers of Parquet data sets.
"""

import contextlib
import fcntl
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from news_etl.settings import Settings

DECISIONS = "decisions"
"""The folder of `raw/` that is no source's: what somebody decided by hand."""

TEMPORARY = ".writing-"
"""Prefix of a file that is being written. Such a file left behind by a crash is removed by the next publication."""

GROWING = ".growing-"
"""Prefix of a file that is written over minutes, while documents come in. What is whole in it outlives a crash."""

ROW_GROUP_ROWS = 10_000
"""Small enough that a reader of one source or language skips most of a large day by the statistics."""


class Growing:
    """A local file that is written piece by piece, held by a lock that ends with its process.

    It gets its name in the data root when it is closed, whole. One that a crash left behind is taken up again.
    """

    def __init__(self, store: "Store", path: Path) -> None:
        """Take hold of the file.

        Raises:
            OSError: when another process holds it, or has just closed it.
        """
        self._store, self._path = store, path
        self.file: BinaryIO = path.open("r+b" if path.exists() else "x+b")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.stat().st_ino != os.fstat(self.file.fileno()).st_ino:
                raise FileNotFoundError(path)
        except OSError:
            self.file.close()
            raise

    def close_as(self, relative: str) -> int:
        """Give it its name; returns its size in bytes."""
        self.file.flush()
        os.fsync(self.file.fileno())
        size = self.file.seek(0, io.SEEK_END)
        if self._store.is_local:
            self._path.replace(self._store.path(relative))
        else:
            self.file.seek(0)
            with self._store.write(relative) as remote:
                shutil.copyfileobj(self.file, remote)
            self._path.unlink()
        self.file.close()
        return size

    def discard(self) -> None:
        self._path.unlink(missing_ok=True)
        self.file.close()


class Store:
    """The data root. Paths given and returned are relative to it, with forward slashes."""

    def __init__(self, url: str) -> None:
        self.fs, root = fsspec.core.url_to_fs(url)
        self.root = root.rstrip("/")
        self.url = url

    @property
    def is_local(self) -> bool:
        return isinstance(self.fs, LocalFileSystem)

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

    def landed_days(self, source: str) -> list[date]:
        """The days for which a source has a landing, sorted."""
        return [day for day in self._days_of(f"raw/{source}") if self.landed_parts(source, day)]

    def state(self, source: str) -> str:
        return f"state/{source}.json"

    def decision(self, identity: str) -> str:
        return f"raw/{DECISIONS}/{identity}.json"

    def decisions(self) -> list[str]:
        """The decisions that were taken by hand, in their order."""
        return self.files(f"raw/{DECISIONS}", ".json")

    def stage(self, day: date, name: str) -> str:
        return f"stage/date={day}/{name}"

    def partition(self, table: str, day: date) -> str:
        return f"warehouse/{table}/date={day}"

    def part(self, table: str, day: date, number: int) -> str:
        return f"{self.partition(table, day)}/part-{number:04d}.parquet"

    days_folder = "warehouse/_days"

    def day_manifest(self, day: date) -> str:
        return f"{self.days_folder}/date={day}.json"

    def publishing_marker(self, day: date) -> str:
        return f"warehouse/_publishing/date={day}.json"

    def ops_folder(self, table: str) -> str:
        return f"ops/{table}"

    def ops_partition(self, table: str, day: date) -> str:
        return f"{self.ops_folder(table)}/date={day}"

    def ops(self, table: str, day: date, run_id: str) -> str:
        return f"{self.ops_partition(table, day)}/{file_name(run_id)}.parquet"

    runs_folder = "ops/runs"

    def run_record(self, day: date, run_id: str) -> str:
        return f"{self.runs_folder}/date={day}/{file_name(run_id)}.json"

    def report(self, day: date, run_id: str) -> str:
        return f"reports/date={day}/{file_name(run_id)}"

    # ---- what lies there by day, for the housekeeping

    def sources(self) -> list[str]:
        """The sources that have a landing, sorted."""
        return [name for name in self.folders("raw") if name != DECISIONS]

    def stage_days(self) -> list[tuple[date, str]]:
        return self._dated("stage")

    def report_days(self) -> list[tuple[date, str]]:
        return self._dated("reports")

    def run_days(self) -> list[tuple[date, str]]:
        return self._dated(self.runs_folder)

    def ops_days(self, table: str) -> list[tuple[date, str]]:
        return self._dated(self.ops_folder(table))

    def _dated(self, folder: str) -> list[tuple[date, str]]:
        """The days of a folder and where each lies."""
        return [(day, f"{folder}/date={day}") for day in self._days_of(folder)]

    def unfinished(self) -> Iterator[tuple[str, datetime]]:
        """What a crash left half-written anywhere, and when it was last written to."""
        for path in sorted(self.fs.find(self.root)):
            if path.rsplit("/", 1)[-1].startswith(TEMPORARY):
                relative = path.removeprefix(f"{self.root}/")
                yield relative, self.modified(relative)

    def size(self, relative: str) -> int:
        """Bytes of a file, or of all in a folder."""
        return int(self.fs.du(self.path(relative)))

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

    def modified(self, relative: str) -> datetime:
        """When a file was last written."""
        return cast(datetime, self.fs.modified(self.path(relative)))

    def is_file(self, relative: str) -> bool:
        return bool(self.fs.isfile(self.path(relative)))

    def folders(self, folder: str) -> list[str]:
        """The names of the folders in a folder, sorted."""
        try:
            entries = self.fs.ls(self.path(folder), detail=True)
        except FileNotFoundError:
            return []
        return sorted(str(entry["name"]).rsplit("/", 1)[-1] for entry in entries if entry["type"] == "directory")

    def stamps(self, folder: str) -> dict[str, float]:
        """All files below a folder with the time of their last change, in seconds: what a cache of them goes by."""
        try:
            found = self.fs.find(self.path(folder), detail=True)
        except FileNotFoundError:
            return {}
        names = {str(name).removeprefix(f"{self.root}/"): info for name, info in found.items()}
        return {name: _changed_at(info) for name, info in sorted(names.items()) if not _is_hidden(name)}

    def days(self, table: str) -> list[date]:
        """The days for which a table of the warehouse has a partition, sorted."""
        return self._days_of(f"warehouse/{table}")

    def published_days(self) -> list[date]:
        """The days that have a manifest, sorted."""
        return self._days_of(self.days_folder)

    def publishing_days(self) -> list[date]:
        """The days whose publication has begun and not ended, sorted."""
        return self._days_of("warehouse/_publishing")

    def open(self, relative: str) -> BinaryIO:
        return cast(BinaryIO, self.fs.open(self.path(relative), "rb"))

    @contextlib.contextmanager
    def write(self, relative: str) -> Iterator[BinaryIO]:
        """Write one file whole or not at all."""
        target = self.path(relative)
        if not self.is_local:
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

    def grow(self, folder: str) -> Growing:
        """A new file that will be closed into a folder."""
        local = self.local(folder)
        local.mkdir(parents=True, exist_ok=True)
        return Growing(self, local / f"{GROWING}{uuid.uuid4().hex}")

    def left_behind(self, folder: str) -> Iterator[Growing]:
        """The files that a crash left growing in a folder, one after the other; the caller closes or discards each."""
        for path in sorted(self.local(folder).glob(f"{GROWING}*")):
            with contextlib.suppress(OSError):  # it is growing still
                yield Growing(self, path)

    def growing_days(self, source: str) -> list[date]:
        """The days of a source in whose folders something is growing, or was left behind."""
        folders = self.local(f"raw/{source}").glob(f"date=*/{GROWING}*")
        return sorted({date.fromisoformat(path.parent.name.removeprefix("date=")) for path in folders})

    @contextlib.contextmanager
    def hold(self, source: str) -> Iterator[bool]:
        """Whether this process alone collects a source as long as the context lasts; the lock ends with the process."""
        path = self.local("state") / f"{source}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
            else:
                yield True

    def local(self, folder: str) -> Path:
        """A folder of the local disk for what must lie there: in the root, or apart for a root that is no folder."""
        if self.is_local:
            return Path(self.path(folder))
        root = hashlib.sha256(self.url.encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"news-etl-{os.getuid()}-{root}" / folder

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
            parquet = pq.ParquetFile(file)
            return parquet.read(columns=columns, use_threads=parquet.num_row_groups > 1)

    def upload(self, folder: Path, relative: str) -> None:
        """Copy a local folder below `relative`, file by file."""
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            self.write_bytes(f"{relative}/{file.relative_to(folder).as_posix()}", file.read_bytes())

    def remove(self, relative: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.fs.rm_file(self.path(relative))

    def remove_all(self, relative: str) -> None:
        """Remove a file, or a folder with all in it."""
        with contextlib.suppress(FileNotFoundError):
            self.fs.rm(self.path(relative), recursive=True)

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


def _changed_at(info: dict[str, Any]) -> float:
    """The time of a file's last change: each file system has a name of its own for it."""
    changed = info.get("mtime") or info.get("LastModified") or info.get("updated") or 0.0
    return changed.timestamp() if isinstance(changed, datetime) else float(changed)
